"""Accounts, passwords, tokens and sign-ups.

Uses the store's interface. Knows nothing of rooms. Revocations are reported to a ``Revoker``, which
ends sessions.
"""
