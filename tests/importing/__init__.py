"""Imports: an export is written to a file and imported as an operator does it."""
