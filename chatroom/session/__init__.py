"""Authenticated connections: identity, calls and their rates. Read ``session.py`` first."""
