"""The shared statements in PostgreSQL's dialect: see :mod:`chatroom.store.sql.connection`.

A statement is translated once. Functions of SQLite that the statements use are defined in the
schema (:mod:`.m001_first`), so only syntax is translated here.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import orjson

from ...frozen import frozen

_REWRITTEN: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    # A column of ours, and a reserved word.
    (re.compile(r"""(?<![\w."':])user(?!\w)"""), '"user"'),
    # Only a hint for SQLite's planner.
    (re.compile(r"\bCROSS JOIN\b"), "JOIN"),
    (re.compile(r"length\(CAST\((\w+) AS BLOB\)\)"), r"octet_length(\1)"),
    (re.compile(r"\bjson_group_array\("), "json_agg("),
    (re.compile(r"%"), "%%"),
)
_AMONG: Final = re.compile(r"IN \(SELECT value FROM json_each\(:(\w+)\)\)")
"""The condition of :func:`chatroom.store.sql.rows.among`."""
_PARAMETER: Final = re.compile(r"(?<![:\w]):(\w+)|\?(\d*)")
_WRITES: Final = re.compile(r"\s*(?:INSERT|UPDATE|DELETE)\b")


@frozen(eq=False)
class Statement:
    """:ivar text: with psycopg's named parameters, in UTF-8.
    :ivar arrays: parameters that are JSON arrays, given as arrays of PostgreSQL.
    """

    text: bytes
    arrays: frozenset[str]
    writes: bool

    def values(self, parameters: Mapping[str, Any] | Sequence[Any]) -> Mapping[str, Any]:
        """Return the values for :attr:`text`. Those of positional parameters are named by their
        numbers."""
        if not isinstance(parameters, Mapping):
            return {str(number): value for number, value in enumerate(parameters, 1)}
        if not self.arrays:
            return parameters
        return {
            name: orjson.loads(value) if name in self.arrays else value
            for name, value in parameters.items()
        }


@lru_cache(maxsize=2000)
def translated(sql: str) -> Statement:
    text = rewritten(sql)
    arrays = frozenset(_AMONG.findall(text))
    text = _AMONG.sub(r"= ANY(:\1)", text)
    text = _PARAMETER.sub(_named(), text)
    return Statement(text.encode(), arrays, writes=_WRITES.match(sql) is not None)


def rewritten(sql: str) -> str:
    """Return a statement, with its parameters as they are, in PostgreSQL's dialect."""
    for pattern, replacement in _REWRITTEN:
        sql = pattern.sub(replacement, sql)
    return sql


def _named() -> Callable[[re.Match[str]], str]:
    count = 0

    def name(found: re.Match[str]) -> str:
        nonlocal count
        if found[1] is not None:
            return f"%({found[1]})s"
        if found[2]:
            return f"%({found[2]})s"
        count += 1
        return f"%({count})s"

    return name
