"""Web Push (RFC 8030): tells devices of messages that their owners have not read.

START HERE is :mod:`.service`. Knows the store and log consumers, but not actors or sessions.
"""
