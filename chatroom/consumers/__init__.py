"""Log consumers: START HERE is :mod:`.runner`. Knows the store, but not actors or sessions."""
