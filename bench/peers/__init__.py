"""What else one would take: plain servers on well-known libraries, for ``--peer``."""
