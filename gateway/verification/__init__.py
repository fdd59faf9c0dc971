"""The verification backend seen from here: its wire format, the way to it, and copies of what it said."""
