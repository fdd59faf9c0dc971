"""What gateways share over Redis: who asked for which code, and what callers may still have.  All of it losable."""
