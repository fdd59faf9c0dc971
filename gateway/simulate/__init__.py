"""`python -m gateway simulate`: everything on one machine, and a phone to text with."""
