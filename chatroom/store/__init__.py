"""What lasts. ``store.py`` is the interface with its guarantees; ``sqlite/`` and ``memory/`` keep
them, and pass the same contract tests. Knows nothing of sessions or actors, nor who may do what.
"""
