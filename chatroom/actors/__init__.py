"""Actors: a mailbox each, one task each, supervised. Knows nothing of chat."""
