"""The server and other people's clients with a synchronous API, as Playwright's tests need."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final, TypeVar

from anyio.from_thread import BlockingPortal

from chatroom.admin.control_socket import CONTROL, exchange
from chatroom.admin.lines import decode_reply, encode_request
from chatroom.admin.shapes import AddUser, IssueTokens, NamedTokens, SetServerRole
from chatroom.model import User
from chatroom.protocol.field_types import AccountName, Title
from chatroom.protocol.results import Empty

from ..browser import Browser
from ..client import Answer, Client
from ..files.tus import Sender
from ..server.process import PASSWORD, Server, reserved_address

T = TypeVar("T")
LATER: Final = [sys.executable, "-m", "tests.web.next_version"]


class SyncClient:
    """A :class:`Client` whose event loop runs in another thread."""

    def __init__(self, client: Client, portal: BlockingPortal, token: str) -> None:
        self.token: Final = token
        self._client = client
        self._portal = portal

    def call(self, method: str, **params: object) -> Any:
        return self._portal.call(partial(self._client.call, method, **params))

    def event(self, method: str, **matching: object) -> Any:
        return self._portal.call(partial(self._client.event, method, **matching))

    def call_all(self, method: str, many: Iterable[Mapping[str, object]]) -> None:
        """Make the calls concurrently. Returns when all are done."""
        self._portal.call(self._call_all, method, many)

    async def _call_all(self, method: str, many: Iterable[Mapping[str, object]]) -> None:
        calls = [await self._client.begin(method, **params) for params in many]
        for call in calls:
            await self._client.reply(call)

    def say(self, room: str, *texts: str) -> None:
        for text in texts:
            self.call("sendMessage", room=room, text=text)

    def send_many(self, room: str, word: str, count: int) -> None:
        """Send ``count`` messages: ``word`` and a number from 0."""
        texts = (f"{word} {number}" for number in range(count))
        self.call_all("sendMessage", ({"room": room, "text": text} for text in texts))


class PageServer:
    """A server process. It keeps its address after a restart.

    :param address: None: one of its own.
    """

    def __init__(
        self, directory: Path, portal: BlockingPortal, *options: str, address: str | None = None
    ) -> None:
        address = address or reserved_address()
        self.url: Final = f"http://{address}"
        self._options = ("--listen", address, "--rate-limits", "off", *options)
        self._directory = directory
        self._server = Server(directory, *self._options)
        self._portal = portal

    @property
    def data(self) -> Path:
        return self._server.data

    @cached_property
    def cookie(self) -> str:
        """The name of the cookie in which its page keeps the token."""
        body = {"name": "cookie-finder", "password": PASSWORD}
        browser = Browser()
        self._portal.call(partial(browser.request, self._server.http, "POST", "/api/signup", body))
        [name] = browser.jar
        return name

    def start(self) -> None:
        """Start the server. Returns when it accepts connections."""
        self._server.start()

    def update(self) -> None:
        """Stop the server, and start a later version of it, with another page."""
        self.stop()
        self._server = Server(self._directory, *self._options, command=LATER)
        self.start()

    def stop(self) -> None:
        self._portal.call(self._server.stop)

    def kill(self) -> None:
        self._portal.call(self._server.kill)

    def clean_up(self) -> None:
        self._server.clean_up()

    # ---- clients

    def http(
        self, method: str, path: str, body: object = None, *, token: str | None = None
    ) -> Answer:
        return self._portal.call(partial(self._server.http, method, path, body, token=token))

    def sign_up(self, name: str) -> str:
        """Sign up with a password, and return the token."""
        return self._portal.call(self._server.sign_up, name)

    def log_in(self, name: str) -> str:
        """Log in somebody who has signed up, and return the token."""
        body = {"name": name, "password": PASSWORD}
        return str(self.http("POST", "/api/login", body).json["token"])

    def add_user(self, name: str, display_name: str | None = None) -> str:
        """Create an account without a password, and return its token."""
        self._operate(
            "addUser", AddUser(AccountName(name), display_name=Title(display_name or name)), User
        )
        issued = self._operate("issueTokens", IssueTokens((name,)), NamedTokens)
        return issued.tokens[0][1]

    def upload(self, token: str, content: bytes, name: str) -> str:
        """Upload a file, and return its id."""
        return self._portal.call(Sender(self._server.http, token).upload, content, name)

    def add_people(self, names: Iterable[str]) -> None:
        """Create accounts that nobody uses."""
        for name in names:
            self._operate("addUser", AddUser(AccountName(name)), User)

    def make_admin(self, name: str) -> None:
        self._operate("setServerRole", SetServerRole(name, "admin"), Empty)

    @property
    def admin_code(self) -> str | None:
        """The code that makes the first admin, from the last start."""
        return self._server.admin_code

    def _operate(self, method: str, params: object, shape: type[T]) -> T:
        """Make a call on the control socket, as the operator's commands do."""
        request = encode_request(method, params)
        return decode_reply(self._portal.call(exchange, self.data / CONTROL, request), shape)

    @contextmanager
    def session(self, token: str) -> Iterator[SyncClient]:
        session = self._portal.wrap_async_context_manager(self._server.session(token))
        client = session.__enter__()
        try:
            yield SyncClient(client, self._portal, token)
        finally:  # not with an exception of the block, which Trio would wrap in a group
            session.__exit__(None, None, None)

    @contextmanager
    def meet(self, room: str, *names: str) -> Iterator[list[SyncClient]]:
        """Open a session for each of these new people, who have joined the room."""
        with ExitStack() as stack:
            clients = [stack.enter_context(self.session(self.add_user(name))) for name in names]
            for client in clients:
                client.call("joinRoom", room=room)
            yield clients
