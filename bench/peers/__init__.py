"""Simple servers on well-known libraries, for ``--peer``."""
