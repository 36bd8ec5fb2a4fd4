"""A connection's life: who it is, what it may ask, how fast. Read ``session.py`` first."""
