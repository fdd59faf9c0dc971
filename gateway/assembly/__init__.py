"""How the daemon's parts are put together, a module for each part.

Each function builds one part on its `Grounds`, starts it where that is due, and leaves on `Grounds.ends` what must
be done at the end: parts end in the reverse of the order in which they were opened.  The
order is `gateway.daemon`'s.
"""
