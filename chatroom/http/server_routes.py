"""What strangers get to know of the server: whether it works, its name, its protocol."""

from collections.abc import Callable, Mapping, Sequence

import attrs

from .. import __version__
from ..config import Config
from ..model import ServerState
from ..net.http_messages import Request, Response
from ..protocol import asyncapi, results
from ..protocol.account_bodies import ServerInfo
from ..protocol.codec import encode_json
from ..store.administration import AdministrationStore
from . import openapi
from .account_routes import RequestHandler


class ServerRoutes:
    """
    :param state: returns the server's state.
    :param languages: of the page.
    :param trouble: returns why the store is unavailable.
    :param damage: returns what is damaged in the store.
    :param warnings: returns notices for the operator.
    """

    def __init__(
        self,
        config: Config,
        state: Callable[[], ServerState],
        store: AdministrationStore,
        languages: Sequence[str],
        *,
        trouble: Callable[[], str | None],
        damage: Callable[[], str | None],
        warnings: Callable[[], tuple[str, ...]] = tuple,
        node: int | None = None,
    ) -> None:
        """:param node: the number of this node; None if it is alone."""
        self._config = config
        self._state = state
        self._store = store
        self._languages = tuple(languages)
        self._trouble = trouble
        self._damage = damage
        self._warnings = warnings
        self._node = node
        self._document_bytes = asyncapi.encoded()

    @property
    def routes(self) -> Mapping[tuple[str, str], RequestHandler]:
        return {
            ("GET", "/livez"): self._live,
            ("GET", "/healthz"): self._health,
            ("GET", "/asyncapi.json"): self._document,
            ("GET", "/openapi.json"): self._openapi,
            ("GET", "/api/server"): self._server,
        }

    async def _live(self, _: Request) -> Response:
        """A process that answers is alive. A restart mends no disk, so its state does not count."""
        return Response(200, encode_json(Health("ok")))

    async def _health(self, _: Request) -> Response:
        trouble = self._trouble()
        if trouble is not None:
            return Response(503, encode_json(Health("unavailable", trouble, node=self._node)))
        damage, warnings = self._damage(), self._warnings() or None
        if damage is not None:
            # Not 503: a process supervisor would restart the server repeatedly.
            return Response(200, encode_json(Health("damaged", damage, warnings, self._node)))
        return Response(200, encode_json(Health("ok", warnings=warnings, node=self._node)))

    async def _document(self, _: Request) -> Response:
        return Response(200, self._document_bytes, headers={"Cache-Control": "no-cache"})

    async def _openapi(self, _: Request) -> Response:
        return Response(200, openapi.encoded())

    async def _server(self, _: Request) -> Response:
        state = self._state()
        info = ServerInfo(
            name=state.name,
            accent=state.accent,
            signup=self._config.signup,
            needs_admin=not await self._store.has_admin(),
            languages=self._languages,
            version=__version__,
            protocol=results.PROTOCOL,
        )
        return Response(200, encode_json(info))


@attrs.frozen
class Health:
    status: str
    reason: str | None = None
    warnings: tuple[str, ...] | None = None
    """Notices for the operator; the server works normally."""
    node: int | None = None
    version: str = __version__
