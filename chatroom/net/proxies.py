"""The client's address behind trusted reverse proxies: ``Forwarded`` and ``X-Forwarded-For``.

A client can send these headers itself, so only entries added by trusted proxies count. Entries are
read from the right; the first address that is not a trusted proxy is the client's.
"""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import attrs

from .addresses import IpAddress, Networks, parse_address, parse_node

LOCAL_SOCKET: Final = "unix"
"""The address of a peer at a socket with a path. Its permissions say who may connect, so the peer
is trusted."""
MAX_HEADER_BYTES: Final = 2048
"""A longer header is treated as malformed: parsing it would cost more than the request."""

_SCHEMES: Final[Mapping[str, str]] = {
    "http": "http",
    "https": "https",
    "ws": "http",
    "wss": "https",
}
_TOKEN: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - RFC 9110's word
# RFC 7239 requires quotes around a colon or a bracket; some proxies omit them.
# No leading blanks: matching them at each position would take quadratic time.
_PAIR: Final = re.compile(rf'({_TOKEN})=("(?:[^"\\]|\\.)*"|[^\s",;]*)\s*')

_log: Final = logging.getLogger(__name__)


@attrs.frozen
class Forwarded:
    """The client according to the trusted proxies. ``scheme`` is ``http`` or ``https``."""

    address: str
    scheme: str | None = None
    host: str | None = None


@attrs.frozen
class _Element:
    node: str
    scheme: str | None = None
    host: str | None = None


class TrustedProxies:
    """Reads the headers of trusted proxies.

    :param networks: addresses and networks of the trusted proxies.
    """

    def __init__(self, networks: Sequence[str] = ()) -> None:
        self._networks = Networks(networks)
        self._logged: set[str] = set()

    def trusts(self, peer: str) -> bool:
        """Whether ``peer``, the socket's other end, is a trusted proxy."""
        if peer == LOCAL_SOCKET:
            return True
        if not self._networks:
            return False
        try:
            return parse_address(peer) in self._networks
        except ValueError:  # a stream without an internet address
            return False

    def forwarded(self, peer: str, headers: Mapping[str, str]) -> Forwarded | None:
        """Return the forwarded client. None: the peer counts as the client."""
        standard, common = headers.get("forwarded"), headers.get("x-forwarded-for")
        if standard is None and common is None:
            return None
        if not self.trusts(peer):
            self._warn_untrusted(peer)
            return None
        try:
            return self._agreed(peer, headers, standard, common)
        except ValueError as error:
            self._log_once(
                "malformed",
                "malformed headers from a trusted proxy; all its clients count as one address",
                {"proxy": peer, "error": str(error)},
            )
            return None

    def _agreed(
        self, peer: str, headers: Mapping[str, str], standard: str | None, common: str | None
    ) -> Forwarded:
        """:raises ValueError: malformed, or the headers differ, so the client may have sent one."""
        clients = [self._client(peer, list(_elements(standard)))] if standard is not None else []
        if common is not None:
            _check_length(common)
            nodes = [_Element(node) for entry in common.split(",") if (node := entry.strip())]
            clients.append(self._client(peer, nodes))
        if len({each.node for each in clients}) > 1:
            raise ValueError("Forwarded and X-Forwarded-For differ")
        client = clients[0]
        scheme = client.scheme or _last(headers, "x-forwarded-proto")
        if scheme is not None and scheme.lower() not in _SCHEMES:
            raise ValueError(f"{scheme[:20]!r}: not a scheme")
        return Forwarded(
            client.node,
            None if scheme is None else _SCHEMES[scheme.lower()],
            client.host or _last(headers, "x-forwarded-host"),
        )

    def _client(self, peer: str, elements: Sequence[_Element]) -> _Element:
        """Return the rightmost element that is not a trusted proxy, else the leftmost."""
        client = _Element(peer)
        for element in reversed(elements):
            address: IpAddress = parse_node(element.node)
            client = attrs.evolve(element, node=str(address))
            if address not in self._networks:
                break
        return client

    def _warn_untrusted(self, peer: str) -> None:
        """Warn about a header from loopback: it comes from a proxy that is not configured, so all
        its clients share the limits of one address."""
        try:
            loopback = not self._networks and parse_address(peer).is_loopback
        except ValueError:
            return
        if loopback:
            self._log_once(
                "untrusted",
                "a proxy on loopback is not trusted: all its clients count as one address;"
                " set --trusted-proxies",
                {"peer": peer},
            )

    def _log_once(self, kind: str, message: str, extra: Mapping[str, object]) -> None:
        if kind not in self._logged:
            self._logged.add(kind)
            _log.warning(message, extra=dict(extra))


def _elements(header: str) -> Iterator[_Element]:
    """Parse a ``Forwarded`` header (RFC 7239, 4). :raises ValueError: it is malformed."""
    _check_length(header)
    at, pairs = 0, dict[str, str]()
    while at < len(header):
        if (match := _PAIR.match(header, at)) is not None:
            name, value = match[1].lower(), match[2]
            if name in pairs:
                raise ValueError(f"{name} twice in one element of Forwarded")
            pairs[name] = re.sub(r"\\(.)", r"\1", value[1:-1]) if value[:1] == '"' else value
            at = match.end()
        separator = header[at : at + 1]
        if separator.strip(",; \t"):
            raise ValueError("Forwarded is malformed")
        if separator == "," and pairs:
            yield _element(pairs)
            pairs = {}
        at += 1
    if pairs:
        yield _element(pairs)


def _element(pairs: Mapping[str, str]) -> _Element:
    return _Element(pairs.get("for", ""), pairs.get("proto"), pairs.get("host"))


def _check_length(header: str) -> None:
    if len(header) > MAX_HEADER_BYTES:
        raise ValueError(f"more than {MAX_HEADER_BYTES} bytes")


def _last(headers: Mapping[str, str], name: str) -> str | None:
    """Return the last member of a list header, which the nearest proxy has set or added."""
    return headers.get(name, "").rpartition(",")[2].strip() or None
