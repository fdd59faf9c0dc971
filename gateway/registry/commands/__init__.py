"""`python -m gateway registry ...`, command by command."""
