"""What is read out: look-ups, changes, lists, coverage, and life-cycle events in EPCIS."""
