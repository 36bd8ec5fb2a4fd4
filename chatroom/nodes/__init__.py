"""What nodes on one store tell each other beside commits, by the bus: hints, which may be lost."""
