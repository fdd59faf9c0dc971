"""The verification backend that ships with the gateway: what enterprises registered, and what became of each code."""
