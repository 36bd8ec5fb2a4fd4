"""Who hears what: lines to sessions, channels of rooms, presence. Pushes, never waits or stores."""
