"""The registry's tables, how a database of them is opened, and how it is brought to a newer schema."""
