"""Commands of chatroom that hash passwords at minimal cost: ``python -m tests.quick_hasher serve``.

A hash as operators have it takes 0.2 s of all processors, and longer where they are busy.
"""

import sys
from importlib.abc import MetaPathFinder
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from chatroom import cli
from chatroom.accounts import passwords


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


class _NoNumpy(MetaPathFinder):
    def find_spec(self, fullname: str, *_: object) -> None:
        if fullname == "numpy":
            raise ModuleNotFoundError("it is not needed here")


def main() -> None:
    """Run the command of the arguments."""
    # sqlite-utils imports it to create a database, in 50 ms, if it is there. Few operators have it.
    sys.meta_path.insert(0, _NoNumpy())
    setattr(passwords, "PasswordHasher", QuickHasher)  # noqa: B010 - mypy lets no class be replaced
    cli.main(prog_name="chatroom")


if __name__ == "__main__":
    main()
