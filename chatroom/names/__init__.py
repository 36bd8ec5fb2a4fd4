"""Spoofing checks of names: invisible characters and lookalikes. Pure."""
