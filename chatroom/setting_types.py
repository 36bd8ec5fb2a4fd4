"""Types of settings, with the check of each.

A check receives a value as its source has it. It raises ValueError with a message for the operator.
"""

import re
from collections.abc import Callable
from ipaddress import ip_network
from math import isfinite
from typing import Annotated, Any, Final, TypeAlias
from urllib.parse import parse_qs, urlsplit

ANY_ORIGIN: Final = "*"
UNIX: Final = "unix:"
MAX_NAME_CHARS: Final = 80

_ADDRESS: Final = re.compile(r"(?:\[(?P<v6>[0-9a-fA-F:.]+)\]|(?P<host>[^:\[\]\s]+)):(?P<port>\d+)")
_COLOUR: Final = re.compile("#[0-9A-Fa-f]{6}")
_PORTS: Final = {"http": 80, "https": 443}
# This many days, in ms, still fit into an SQLite integer.
_MAX: Final = 10**10


def split_address(address: str) -> tuple[str, int]:
    """Split ``host:port`` or ``[ipv6]:port``. :raises ValueError: for anything else."""
    match = _ADDRESS.fullmatch(address)
    if match is None or int(match["port"]) > 65535:
        raise ValueError("must be HOST:PORT or [IPV6]:PORT")
    return match["v6"] or match["host"], int(match["port"])


def whole(minimum: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        # Not isinstance, which accepts True.
        if type(value) is not int:
            raise ValueError("must be an integer")
        if value < minimum:
            raise ValueError(f"must be at least {minimum}")
        if value > _MAX:
            raise ValueError(f"must be at most {_MAX}")
        return value

    return check


def _seconds(value: Any) -> float:
    if type(value) not in (int, float) or not isfinite(value):
        raise ValueError("must be a number")
    if value < 0:
        raise ValueError("must be at least 0")
    return float(value)


def _tcp_address(value: Any) -> str:
    split_address(some_text(value))
    return str(value)


def _address(value: Any) -> str:
    path = unix_path(some_text(value))
    if path is None:
        split_address(value)
    elif not path:
        raise ValueError(f"must have a path after {UNIX}")
    return str(value)


def _database(value: Any) -> str:
    url = some_text(value)
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise ValueError("must be postgresql://USER@HOST/NAME")
    if parts.password is not None or "password" in parse_qs(parts.query):
        # Settings are logged and printed.
        raise ValueError("must have no password; set PGPASSWORD, or write it to ~/.pgpass")
    return url


def _contact(value: Any) -> str:
    text = some_text(value)
    kind, _, rest = text.partition(":")
    if kind not in ("mailto", "https") or not rest or not text.isascii() or " " in text:
        raise ValueError("must be mailto:ADDRESS or https://ADDRESS")
    return text


def server_name(value: Any) -> str:
    text = some_text(value).strip()
    if not text or len(text) > MAX_NAME_CHARS or not text.isprintable():
        raise ValueError(f"must be 1 to {MAX_NAME_CHARS} characters that can be printed")
    return text


def colour(value: Any) -> str:
    """Return a colour in lower case."""
    if _COLOUR.fullmatch(some_text(value)) is None:
        raise ValueError("must be a colour: # and six hexadecimal digits")
    return str(value).lower()


def unix_path(address: str) -> str | None:
    """The path in ``unix:PATH``; None for any other address."""
    return address.removeprefix(UNIX) if address.startswith(UNIX) else None


def some_text(value: Any) -> str:
    if type(value) is not str or not value:
        raise ValueError("must be a non-empty string")
    return value


def _list_of(check: Callable[[str], object]) -> Callable[[Any], tuple[str, ...]]:
    """Return the check of a list of strings, or of one comma-separated string."""

    def checked(value: Any) -> tuple[str, ...]:
        texts = value.split(",") if type(value) is str else value
        if not isinstance(texts, list | tuple) or not all(type(text) is str for text in texts):
            raise ValueError("must be a list of strings")
        stripped = tuple(text for each in texts if (text := each.strip()))
        for text in stripped:
            check(text)
        return stripped

    return checked


def parse_origin(value: str) -> tuple[str, str, int]:
    """Return scheme, host and port of ``https://host[:port]``.

    :raises ValueError: for anything else.
    """
    parts = urlsplit(value)
    bare = parts.scheme in _PORTS and parts.netloc and value == f"{parts.scheme}://{parts.netloc}"
    if not bare or parts.hostname is None or parts.username is not None:
        raise ValueError(f"{value!r}: must be http://HOST[:PORT] or https://HOST[:PORT]")
    return parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme]


def _origin(value: str) -> None:
    if value != ANY_ORIGIN:
        parse_origin(value.lower())


def _web_address(value: Any) -> str:
    """Return an origin with a path, without a slash at the end."""
    origin, path = split_web_address(some_text(value))
    parse_origin(origin.lower())
    if _PATH.fullmatch(path) is None or path.split("/")[1:2] in ([name] for name in _OWN_PATHS):
        raise ValueError(
            "its path must be of names of letters, digits, '-', '_' and '~', such as /chat, and not"
            " begin with one of the server's own"
        )
    return origin + path


def split_web_address(address: str) -> tuple[str, str]:
    """Return the origin of an address, and its path without a slash at the end."""
    scheme, separator, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host}", (slash + path).rstrip("/")


def _site(value: str) -> None:
    parse_origin(value.lower())
    # It goes into a header, whose parts end at these.
    if not value.isascii() or not set(value).isdisjoint(" ;,'\""):
        raise ValueError(f"{value!r}: must be http://HOST[:PORT] or https://HOST[:PORT]")


_PATH: Final = re.compile(r"(/[A-Za-z0-9_~-]+)*")
_OWN_PATHS: Final = ("api", "assets", "docs", "files", "join", "login", "r", "share", "ws")
# The annotation of a type is its check.
Count: TypeAlias = Annotated[int, whole(1)]
Seconds: TypeAlias = Annotated[float, _seconds]
TcpAddress: TypeAlias = Annotated[str, _tcp_address]
ListenAddress: TypeAlias = Annotated[str, _address]
"""``host:port``, or ``unix:`` and the path of a socket."""
WebAddress: TypeAlias = Annotated[str, _web_address]
DatabaseUrl: TypeAlias = Annotated[str, _database]
ContactAddress: TypeAlias = Annotated[str, _contact]
ServerName: TypeAlias = Annotated[str, server_name]
Colour: TypeAlias = Annotated[str, colour]
NetworkList: TypeAlias = Annotated[tuple[str, ...], _list_of(ip_network)]
OriginList: TypeAlias = Annotated[tuple[str, ...], _list_of(_origin)]
SiteList: TypeAlias = Annotated[tuple[str, ...], _list_of(_site)]
