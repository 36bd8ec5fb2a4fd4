"""Inboxes: one person's unread counts, mentions and direct messages. Read ``actor.py`` first."""
