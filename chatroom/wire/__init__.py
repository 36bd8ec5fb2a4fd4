"""Bytes: what calls and events look like, and how they travel. Knows nothing of rooms or people."""
