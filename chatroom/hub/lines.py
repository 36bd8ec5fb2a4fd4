"""The lines that are open, by session and by person."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from ..errors import CloseCode
from ..model import Token
from .line import Line, ReplyTo

INSIDE: Final = ""
"""In place of a session's id: the reply is for this process."""


class Lines:
    def __init__(self) -> None:
        self._by_session: dict[str, Line] = {}
        self._by_user: dict[str, dict[str, Line]] = {}
        self._expected: dict[int, Callable[[object], None]] = {}
        self._numbers = itertools.count()

    def __len__(self) -> int:
        return len(self._by_session)

    def add(self, line: Line) -> None:
        self._by_session[line.session] = line
        self._by_user.setdefault(line.user, {})[line.session] = line

    def remove(self, line: Line) -> None:
        del self._by_session[line.session]
        theirs = self._by_user[line.user]
        del theirs[line.session]
        if not theirs:
            del self._by_user[line.user]

    def get(self, session: str) -> Line | None:
        return self._by_session.get(session)

    def of(self, user: str) -> Iterable[Line]:
        return self._by_user.get(user, {}).values()

    def count(self, user: str) -> int:
        return len(self._by_user.get(user, ()))

    def connected(self, user: str) -> bool:
        return user in self._by_user

    def answer(self, to: ReplyTo, result: object) -> None:
        """Nothing happens when the session has gone: its client asks again."""
        if (line := self._by_session.get(to.session)) is not None:
            line.answer(to.call, result)
        elif to.session == INSIDE and (take := self._expected.pop(to.call, None)) is not None:
            take(result)

    @contextmanager
    def expecting(self, take: Callable[[object], None]) -> Iterator[ReplyTo]:
        """An address for one reply to somebody of this process, who has no session."""
        number = next(self._numbers)
        self._expected[number] = take
        try:
            yield ReplyTo(INSIDE, number)
        finally:
            self._expected.pop(number, None)

    # ---- what accounts ask for when a token or a person is revoked

    def revoke_token(self, digest: bytes) -> None:
        self._end(CloseCode.REVOKED, lambda line: line.digest == digest)

    def revoke_user(self, name: str, but: bytes | None = None) -> None:
        self._end(CloseCode.REVOKED, lambda line: line.user == name and line.digest != but)

    def renew_token(self, digest: bytes, token: Token) -> None:
        for line in self.of(token.user):
            if line.digest == digest:
                line.hold(token)

    def _end(self, code: CloseCode, which: Callable[[Line], bool]) -> None:
        for line in self._by_session.values():
            if which(line):
                line.end(code)
