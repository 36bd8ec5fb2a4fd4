"""Durable storage. ``store.py`` is the interface: one Protocol per subject, each in its own file
with its guarantees. ``sqlite`` implements it. Knows nothing of sessions, actors or permissions.
"""
