"""Made-up query logs with known incidents: the ground truth that the watch is judged by."""
