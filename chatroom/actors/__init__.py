"""Supervised actors, each with a mailbox and a task. Knows nothing of chat."""
