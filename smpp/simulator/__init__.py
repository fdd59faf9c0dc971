"""An SMSC to try the gateway with: it delivers what is typed and shows what the gateway sends.

It shares no code with the ESME side, so that a mistake in one is not repeated in the other.
"""
