"""Who hears what: sessions, channels of rooms, presence. Pushes, never waits or stores."""
