"""Benchmarks: complete queries a second, against a load generator that shares no code with the gateway."""
