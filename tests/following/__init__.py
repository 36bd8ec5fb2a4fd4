"""Two nodes on one store."""
