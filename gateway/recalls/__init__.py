"""Recall notices: a caller who asked about a product, and asked to be told, is told by SMS when it is recalled.

Callers opt in by a keyword (keyword.py), seen before the Answerer sees it (answering.py); subscriptions are a file of
their own, in which numbers are sealed (subscriptions.py, sealing.py); the herald hears of changes, has the registry
confirm each recall, and sends (herald.py, dispatch.py) outside quiet hours (quiet_hours.py).
"""
