"""What several gateways share in one SQL database: who asked for a code first, the query log, open queries, and the
parts of long messages.

Every node keeps its own journal and acknowledges by it, with one exception: a part of a long message.  An SMSC spreads
parts over the links of an account, and those may end at different nodes; so a part is acknowledged when the shared
database holds it, from where any node can finish the message.  The node that finds a message whole, or too late to
wait for, makes it a query and claims it: one transaction marks the parts as taken and writes the query down as this
node's.  Only then it goes into the node's journal, from where on it is a query like any other.  If the node dies in
between, it finds its claim when it starts again, or, where open queries are replicated, its heir does.

While the database is away, parts are refused with ESME_RX_T_APPN and come again.  What the parts of a message share
begins with the carrier's name: it must be the same in the settings of all nodes.

PostgreSQL through SQLAlchemy Core; SQLite for tests.
"""
