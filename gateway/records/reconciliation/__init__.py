"""Accounts of days for carriers: counted, closed, proved from the query log, held beside a carrier's own."""
