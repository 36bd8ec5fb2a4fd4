"""What lasts. ``store.py`` is the interface: one Protocol a subject, each in its file with its
guarantees, and those that all of them have. ``sqlite/`` keeps them. Knows nothing of sessions or
actors, nor who may do what.
"""
