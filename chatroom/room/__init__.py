"""Rooms: the single serialized writer of a room's log. Read ``actor.py`` first."""
