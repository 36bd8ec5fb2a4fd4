"""A chat server on Trio. Start reading at ``server.py``."""

__version__ = "0.1.0"
