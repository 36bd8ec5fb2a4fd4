"""Inboxes: unread counts, mentions and direct rooms of one person. Read ``actor.py`` first."""
