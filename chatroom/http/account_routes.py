"""HTTP calls for a user's own account: sign-up, log-in, password, tokens and sessions."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from ..accounts.accounts import Accounts, Issued
from ..accounts.identities import Identity
from ..accounts.invitations import EnterByCode
from ..errors import CloseCode, Refused, StorageUnavailable
from ..hub.session_registry import SessionRegistry
from ..model import Token, User
from ..net.http_messages import Request, Response
from ..protocol import account_bodies
from ..protocol.codec import decode_json, decode_params, encode_json
from ..session.authentication import Authentication
from .credentials import Credentials

T = TypeVar("T")
RequestHandler = Callable[[Request], Awaitable[Response]]


class AccountRoutes:
    def __init__(
        self,
        accounts: Accounts,
        authentication: Authentication,
        credentials: Credentials,
        registry: SessionRegistry,
        enter_room: EnterByCode,
    ) -> None:
        self._accounts = accounts
        self._authentication = authentication
        self._credentials = credentials
        self._registry = registry
        self._enter_room = enter_room

    @property
    def routes(self) -> Mapping[tuple[str, str], RequestHandler]:
        return {
            ("POST", "/api/signup"): self._sign_up,
            ("POST", "/api/login"): self._log_in,
            ("POST", "/api/logout"): self._log_out,
            ("POST", "/api/password"): self._change_password,
            ("POST", "/api/account/delete"): self._delete_account,
            ("POST", "/api/renew"): self._renew,
            ("GET", "/api/tokens"): self._list_tokens,
            ("POST", "/api/tokens"): self._create_token,
            ("POST", "/api/tokens/revoke"): self._revoke_token,
            ("POST", "/api/sessions/end"): self._end_session,
        }

    async def _sign_up(self, request: Request) -> Response:
        in_cookie = self._credentials.in_cookie(request)
        body = _body(account_bodies.SignUp, request)
        user, token = await self._authentication.sign_up(
            body.name,
            body.password,
            body.display_name,
            request.peer,
            body.label,
            body.invitation,
        )
        room = None if body.invitation is None else await self._enter(user, body.invitation)
        if in_cookie:
            headers = await self._cookie(request, token)
            body_by_cookie = encode_json(account_bodies.LoggedInByCookie(user, room))
            return Response(201, body_by_cookie, headers=headers)
        return Response(201, encode_json(account_bodies.LoggedIn(user, token, room)))

    async def _enter(self, user: User, code: str) -> str | None:
        """Enter the room of the invitation by which a user has signed up. Return it; None if there
        is none, or not now: the user may still accept the invitation."""
        try:
            return (await self._accounts.accept(user.name, code, self._enter_room)).room
        except (Refused, StorageUnavailable):
            return None

    async def _log_in(self, request: Request) -> Response:
        in_cookie = self._credentials.in_cookie(request)
        body = _body(account_bodies.LogIn, request)
        user, token = await self._authentication.log_in(
            body.name, body.password, request.peer, body.label
        )
        if in_cookie:
            headers = await self._cookie(request, token)
            return Response(
                200, encode_json(account_bodies.LoggedInByCookie(user)), headers=headers
            )
        return Response(200, encode_json(account_bodies.LoggedIn(user, token)))

    async def _log_out(self, request: Request) -> Response:
        """Delete the token, or all of the account. The cookie is removed also if its token is not
        valid any more."""
        if not self._credentials.in_cookie(request):
            await self._end_log_ins(request)
            return Response(204)
        try:
            await self._end_log_ins(request)
        except Refused as refused:
            if refused.reason != "unauthenticated":
                raise
        return Response(204, headers=self._credentials.no_cookie(request))

    async def _end_log_ins(self, request: Request) -> None:
        token = self._credentials.token(request)
        identity = await self._authentication.authenticate(token, request.peer)
        if _body(account_bodies.LogOut, request).everywhere:
            await self._accounts.log_out_everywhere(identity.user.name)
        else:
            await self._accounts.log_out(token)

    async def _change_password(self, request: Request) -> Response:
        identity, body = await self._authenticated_body(account_bodies.ChangePassword, request)
        issued = await self._authentication.change_password(
            identity, body.old, body.new, request.peer
        )
        return self._replaced(request, issued)

    async def _delete_account(self, request: Request) -> Response:
        identity, body = await self._authenticated_body(account_bodies.DeleteAccount, request)
        await self._authentication.delete_account(identity, body.password, request.peer)
        if self._credentials.in_cookie(request):
            return Response(204, headers=self._credentials.no_cookie(request))
        return Response(204)

    async def _renew(self, request: Request) -> Response:
        identity, _ = await self._authenticated_body(account_bodies.Nothing, request)
        return self._replaced(request, await self._accounts.renew(identity))

    async def _list_tokens(self, request: Request) -> Response:
        identity = await self.identity(request)
        tokens = await self._accounts.own_tokens(identity)
        sessions: dict[bytes, list[account_bodies.LiveSession]] = {}
        for session in self._registry.of(identity.user.name):
            live = account_bodies.LiveSession(session.id, session.address, session.connected_at)
            sessions.setdefault(session.digest, []).append(live)
        listed = [_listed(token, identity, sessions.get(token.digest, [])) for token in tokens]
        return Response(200, encode_json(account_bodies.ListedTokens(tuple(listed))))

    async def _create_token(self, request: Request) -> Response:
        if self._credentials.in_cookie(request):
            raise Refused("forbidden", "scripts of the page get no token: log in for one")
        identity, body = await self._authenticated_body(account_bodies.NewToken, request)
        issued = await self._accounts.create_token(identity, body.label, body.days)
        return Response(201, _issued(issued))

    async def _revoke_token(self, request: Request) -> Response:
        identity, body = await self._authenticated_body(account_bodies.OfToken, request)
        await self._accounts.revoke_token(identity, body.id)
        return Response(204)

    async def _end_session(self, request: Request) -> Response:
        """End a session with the close code of a revoked token, so that its client does not
        reconnect by itself. The token stays valid."""
        identity, body = await self._authenticated_body(account_bodies.OfSession, request)
        session = self._registry.get(body.session_id)
        if session is None or session.user != identity.user.name:
            raise Refused("not_found", "sessionId: no such session")
        session.end(CloseCode.REVOKED)
        return Response(204)

    # ---- inside

    async def _cookie(self, request: Request, token: str) -> Mapping[str, str]:
        """Return the header that sets the cookie with a new token."""
        identity = await self._authentication.authenticate(token, request.peer)
        return self._credentials.cookie(request, token, identity.expires_at)

    def _replaced(self, request: Request, issued: Issued) -> Response:
        """Return the token that replaces the one of the request, in the place of that one."""
        if not self._credentials.in_cookie(request):
            return Response(200, _issued(issued))
        record = issued.record
        headers = self._credentials.cookie(request, issued.token, record.expires_at)
        body = account_bodies.IssuedCookie(record.id, record.label, record.expires_at)
        return Response(200, encode_json(body), headers=headers)

    async def _authenticated_body(self, shape: type[T], request: Request) -> tuple[Identity, T]:
        """Authenticate before parsing the body, so that strangers learn nothing about its check."""
        identity = await self.identity(request)
        return identity, _body(shape, request)

    async def identity(self, request: Request) -> Identity:
        """Return whose token a request has, and count the request. :raises Refused:"""
        token = self._credentials.token(request)
        identity = await self._authentication.authenticate(token, request.peer)
        self._authentication.spend_call(identity, request.peer)
        return identity


def _body(shape: type[T], request: Request) -> T:
    return decode_params(shape, decode_json(request.body or b"{}"))


def _issued(issued: Issued) -> bytes:
    record = issued.record
    return encode_json(
        account_bodies.IssuedToken(issued.token, record.id, record.label, record.expires_at)
    )


def _listed(
    token: Token, identity: Identity, sessions: list[account_bodies.LiveSession]
) -> account_bodies.ListedToken:
    return account_bodies.ListedToken(
        id=token.id,
        label=token.label,
        created_at=token.created_at,
        expires_at=token.expires_at,
        current=token.digest == identity.digest,
        sessions=tuple(sorted(sessions, key=lambda session: session.connected_at)),
        last_used_at=token.last_used_at,
    )
