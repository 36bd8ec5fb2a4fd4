"""Who hears what: lines to sessions, topics of rooms, presence. Pushes, never waits or stores."""
