"""A walk through the page in Firefox, by hand: ``python -m tests.firefox``."""
