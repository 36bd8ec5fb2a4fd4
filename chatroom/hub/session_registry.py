"""The connected sessions, by id and by account."""

from collections.abc import Callable, Iterable
from typing import Final

from ..errors import CloseCode, Refused
from ..model import Token
from ..net.frames import text_frame
from ..protocol.codec import encode_event
from ..protocol.declaring import Event
from .session_handle import SessionHandle


class SessionRegistry:
    def __init__(self) -> None:
        self.by_id: Final[dict[str, SessionHandle]] = {}
        self.by_user: Final[dict[str, dict[str, SessionHandle]]] = {}

    def __len__(self) -> int:
        return len(self.by_id)

    def add(self, session: SessionHandle) -> None:
        self.by_id[session.id] = session
        self.by_user.setdefault(session.user, {})[session.id] = session

    def remove(self, session: SessionHandle) -> None:
        del self.by_id[session.id]
        theirs = self.by_user[session.user]
        del theirs[session.id]
        if not theirs:
            del self.by_user[session.user]

    def get(self, session_id: str) -> SessionHandle | None:
        return self.by_id.get(session_id)

    def token(self, session_id: str) -> Token:
        """Return the token of a session.

        :raises Refused: ``unauthenticated``: the session has ended.
        """
        session = self.by_id.get(session_id)
        if session is None or session.token is None:
            raise Refused("unauthenticated", "the session has ended")
        return session.token

    def of(self, user: str) -> Iterable[SessionHandle]:
        return self.by_user.get(user, {}).values()

    def count(self, user: str) -> int:
        return len(self.by_user.get(user, ()))

    def connected(self, user: str) -> bool:
        return user in self.by_user

    def tell(self, key: str, event: Event) -> None:
        """Send an event to all sessions. It replaces one with this key that a session has not
        been sent yet."""
        frame = text_frame(encode_event(event))
        for session in list(self.by_id.values()):
            session.outbox.push_latest(key, frame)

    # ---- revocation and renewal, for accounts

    def revoke_token(self, digest: bytes) -> None:
        self._end(CloseCode.REVOKED, lambda session: session.digest == digest)

    def revoke_user(self, name: str, but: bytes | None = None) -> None:
        self._end(CloseCode.REVOKED, lambda session: session.user == name and session.digest != but)

    def renew_token(self, digest: bytes, token: Token) -> None:
        for session in self.of(token.user):
            if session.digest == digest:
                session.token = token

    def tokens_of(self, name: str) -> list[Token]:
        return [session.token for session in self.of(name) if session.token is not None]

    def _end(self, code: CloseCode, which: Callable[[SessionHandle], bool]) -> None:
        for session in self.by_id.values():
            if which(session):
                session.end(code)
