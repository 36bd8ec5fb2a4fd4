"""The looks of names: invisible characters, and names that look like others. Pure."""
