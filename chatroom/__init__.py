"""A chat server on Trio. Start reading at ``node.py``."""

__version__ = "0.1.0"
