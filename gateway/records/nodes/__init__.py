"""What several gateways share in one SQL database: who asked for a code first, the query log, and open queries.

Every node keeps its own journal and acknowledges by it.  PostgreSQL through SQLAlchemy Core; SQLite for tests.
"""
