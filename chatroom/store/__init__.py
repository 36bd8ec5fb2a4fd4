"""What lasts. ``store.py`` is the interface: one Protocol a subject, each in its file with its
guarantees, and those that all of them have. The packages in here keep them, and pass the same
contract tests. Knows nothing of sessions or actors, nor who may do what.
"""
