"""Accepted queries until they are finished: rows go through the intake to the writer, and are read beside it."""
