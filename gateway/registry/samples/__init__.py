"""A registry to try things with, codes to try on it, and how fast it answers when it is large."""
