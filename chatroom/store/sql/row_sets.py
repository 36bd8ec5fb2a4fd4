"""Queries that compare two sets of rows, for the integrity checks."""


def difference(found: str, kept: str) -> str:
    """Return a query for the rows that only one of two queries has."""
    return f"""
        WITH found AS ({found}), kept AS ({kept})
        SELECT * FROM (SELECT * FROM found EXCEPT SELECT * FROM kept) AS more
        UNION SELECT * FROM (SELECT * FROM kept EXCEPT SELECT * FROM found) AS less
    """


def different_rooms(found: str, kept: str) -> str:
    """Return a query for the rooms of such rows. Those that are being erased do not count."""
    return f"""
        SELECT room FROM ({difference(found, kept)}) AS differing
        WHERE room NOT IN (SELECT name FROM retired)
    """
