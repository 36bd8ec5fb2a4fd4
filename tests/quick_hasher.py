"""Commands of chatroom that hash passwords at minimal cost: ``python -m tests.quick_hasher serve``.

A hash as operators have it takes 0.2 s of all processors, and longer where they are busy.
"""

from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from chatroom import cli
from chatroom.accounts import passwords

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
    cli.main(prog_name="chatroom")


if __name__ == "__main__":
    main()
