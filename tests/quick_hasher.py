"""Commands of chatroom that hash passwords and compress the page at minimal cost:
``python -m tests.quick_hasher serve``.

A hash as operators have it takes 0.2 s of all processors, and longer where they are busy. All files
of the page take 3 s in each server process, which compresses each file when it is first wanted.
"""

from functools import partial
from typing import Literal

import brotli
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from chatroom import cli
from chatroom.accounts import passwords
from chatroom.http import assets

from .no_numpy import hide_numpy


class QuickHasher(PasswordHasher):
    """argon2id with minimal cost. Records the hashes that did not match."""

    def __init__(self, time_cost: int = 1) -> None:
        super().__init__(time_cost=time_cost, memory_cost=8, parallelism=1)
        self.mismatched: list[str | bytes] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
        try:
            return super().verify(hash, password)
        except VerifyMismatchError:
            self.mismatched.append(hash)
            raise


def main() -> None:
    """Run the command of the arguments."""
    # sqlite-utils imports it to create a database, in 50 ms, if it is there. Few operators have it.
    hide_numpy()
    setattr(passwords, "PasswordHasher", QuickHasher)  # noqa: B010 - mypy lets no class be replaced
    encoders = {**assets._ENCODERS, "br": partial(brotli.compress, quality=1)}
    setattr(assets, "_ENCODERS", encoders)  # noqa: B010 - likewise
    cli.main(prog_name="chatroom")


if __name__ == "__main__":
    main()
