"""Callers and their words on the way to disk: pseudonyms instead of numbers, texts without what is personal."""
