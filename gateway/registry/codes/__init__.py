"""Codes as such: made from positions under the keys of the vault, read out, and sealed for their owner."""
