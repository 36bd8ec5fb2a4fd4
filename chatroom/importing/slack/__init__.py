"""Slack exports, made into records.

:mod:`.source` reads the export, :mod:`.converter` makes the records, :mod:`.messages` those of
messages, :mod:`.text` makes markdown of Slack's markup, :mod:`.emojis` emojis of their names.
"""
