"""A set of names that two nodes compare by a digest, and copy in parts."""

from collections.abc import Collection, Iterator
from hashlib import blake2b
from typing import Final

import attrs

MAX_NAMES: Final = 100
"""Names of one part. With quotes and comma a name has 67 bytes at most, so they fit into one
message."""


@attrs.frozen
class Part:
    """The names whose hash is ``number`` modulo ``of``. Each part is right without the others."""

    number: int
    of: int
    names: Collection[str]


class NameSet:
    def __init__(self) -> None:
        self._hashes: dict[str, int] = {}
        self._sum = 0

    def __contains__(self, name: str) -> bool:
        return name in self._hashes

    def __iter__(self) -> Iterator[str]:
        return iter(self._hashes)

    def set(self, name: str, present: bool) -> None:
        """Add or remove a name. No-op if that is so already."""
        if present and name not in self._hashes:
            hashed = self._hashes[name] = _hash(name)
            self._sum ^= hashed
        elif not present and name in self._hashes:
            self._sum ^= self._hashes.pop(name)

    @property
    def digest(self) -> str:
        """The number of names, and a hash that does not depend on their order."""
        return f"{len(self._hashes)} {self._sum:x}"

    def parts(self) -> list[Part]:
        """Return all names in parts of at most :data:`MAX_NAMES`."""
        of = 2 * len(self._hashes) // MAX_NAMES + 1
        while True:
            parts: list[list[str]] = [[] for _ in range(of)]
            for name, hashed in self._hashes.items():
                parts[hashed % of].append(name)
            if max(map(len, parts)) <= MAX_NAMES:
                return [Part(number, of, names) for number, names in enumerate(parts)]
            of *= 2

    def missing(self, part: Part) -> list[str]:
        """Return the names of this set that belong to the part and are not in it."""
        names = set(part.names)
        return [
            name
            for name, hashed in self._hashes.items()
            if hashed % part.of == part.number and name not in names
        ]


def _hash(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest())
