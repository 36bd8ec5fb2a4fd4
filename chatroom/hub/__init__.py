"""Delivery of replies and events: sessions, room channels, presence. Stores nothing."""
