"""Identity: accounts, passwords, tokens and sessions.

Needs the store's interface. Knows nothing of rooms, and of sessions only that whoever keeps them
wants to hear what was revoked.
"""
