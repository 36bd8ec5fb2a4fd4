"""A chat server on Trio. Start reading at ``node.py``."""
