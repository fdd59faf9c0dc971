"""What operators do with a journal beside its gateway: verify it, export it, replay it into another."""
