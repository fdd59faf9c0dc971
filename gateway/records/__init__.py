"""What is kept: the journal of accepted queries, the query log, and what is derived from them, in one SQLite file."""
