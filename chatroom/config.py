"""The settings with their units, meanings and defaults, which suit a small team.

:mod:`.config_sources` reads them.
"""

from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import attrs

from .limit_settings import Quotas, Rates
from .setting_types import (
    Colour,
    ContactAddress,
    Count,
    DatabaseUrl,
    ListenAddress,
    NetworkList,
    OriginList,
    Seconds,
    ServerName,
    SiteList,
    TcpAddress,
    WebAddress,
    split_address,
    split_web_address,
    unix_path,
    whole,
)

FILES_DIRECTORY: Final = "chatroom.files"
"""The directory of files in a data directory."""


@attrs.frozen
class Config:
    """All settings.

    By default the server listens on the loopback interface only, and speaks plain HTTP. Between it
    and a network there must be TLS: its own (``tls_certificate``), or that of a proxy.
    """

    server_name: ServerName = "chatroom"
    """The server's name, as people read it: up to 80 characters."""
    accent: Colour | None = None
    """The colour of the page's buttons and links, such as ``#3f6f8f``; None: the page's own."""
    public_url: WebAddress | None = None
    """The address that people open, such as ``https://chat.example``, for links that the server
    makes; None: that on which it listens. Its page may use the server (``allowed_origins``). With a
    path, ``https://example.org/chat``, everything is below that path too."""
    listen: ListenAddress = "127.0.0.1:8000"
    """``host:port``, IPv6 in brackets; port 0 lets the system choose. Or ``unix:`` and the path of
    a socket for a proxy on this machine, which is then trusted."""
    tls_certificate: Path | None = None
    """A PEM file with the certificate, and the intermediate ones after it, for HTTPS; None: plain
    HTTP. It is read again when it has changed."""
    tls_key: Path | None = None
    """A PEM file with the private key, without a password; None: it is in ``tls_certificate``."""
    redirect_listen: TcpAddress | None = None
    """With ``tls_certificate``: ``host:port``, usually port 80, where browsers are sent on to
    HTTPS; None: nowhere."""
    trusted_proxies: NetworkList = ()
    """Addresses and networks of reverse proxies. Their ``Forwarded`` and ``X-Forwarded-For`` name
    the client's address. From other peers these headers are ignored."""
    allowed_origins: OriginList = ()
    """Origins of pages that may use the server, in addition to its own, such as
    ``https://chat.example``; ``*``: all. List the origin of a proxy that is not trusted and has
    another name. If any origin is listed, list every name under which people reach the server."""
    embedding_origins: SiteList = ()
    """Origins of pages that may show the server's page in a frame. The browser sends the page's
    cookie only if they are of the same site."""
    metrics_listen: ListenAddress | None = None
    """Where ``GET /metrics`` is answered, for Prometheus: ``host:port``, or ``unix:`` and the path
    of a socket; None: nowhere. There is no log-in, so it must not be public."""
    data: Path = Path("chatroom-data")
    """The data directory: files, and the database if ``database`` does not name another one."""
    database: DatabaseUrl | None = None
    """The URL of a PostgreSQL database, ``postgresql://user@host/name``; None: a file in the data
    directory. A password is better in the environment (``PGPASSWORD``) or in ``~/.pgpass``."""
    files_directory: Path | None = None
    """The directory of files that people send; None: ``chatroom.files`` in the data directory.
    Servers on several machines with one ``database`` need one that all of them mount."""
    signup: Literal["open", "invite", "closed"] = "open"
    """``invite``: people sign up by an invitation; ``closed``: only the operator adds accounts. The
    link for the first admin works in each case."""
    who_makes_rooms: Literal["everyone", "admins"] = "everyone"
    """Who may make rooms and groups. Direct rooms are made by everyone."""
    who_is_listed: Literal["shared", "everyone"] = "shared"
    """Whose profiles people get: of those with whom they share a room, or of everyone. Admins get
    those of everyone."""
    who_is_written_to: Literal["everyone", "shared"] = "everyone"
    """To whom people may write first, and whom they may invite and take into a group: everyone, or
    those with whom they share a room."""

    text_chars: Count = 4000
    """Maximum code points of a message's text."""
    text_bytes: Count = 16384
    """Maximum bytes of the same text in UTF-8."""
    max_file_bytes: Count = 25 << 20
    """Maximum size of a file that people send."""
    max_uploads: Count = 10
    """Files of an account that are received at the same time."""
    max_files_bytes: Count | None = None
    """Size of all files together above which uploads are refused as ``storage_full``; None: until
    the disk is nearly full."""
    file_grace_s: Seconds = 3600
    """From the end of the last message with a file until the file is deleted."""
    token_days: Count = 90
    """Lifetime of a token."""
    token_warning_days: Annotated[int, whole(0)] = 7
    """Sessions are warned once a day in the last days of their token, but not before half of its
    lifetime; 0: never."""
    keep_days: Count | None = None
    """Older messages are pruned; None: kept."""
    keep_messages: Count | None = None
    """Messages kept per room, the newest ones; None: all."""

    rate_limits: Literal["on", "off"] = "on"
    """``off`` disables ``rates``, ``quotas``, ``max_sessions``, ``log_in_delay_s`` and the limits
    of unauthenticated connections. For trusted networks and benchmarks."""
    rates: Rates = Rates()
    quotas: Quotas = Quotas()
    max_data_bytes: Count | None = None
    """Size of the database above which new messages and rooms are refused as ``storage_full``, also
    with ``rate_limits`` off; None: until the disk is full. Checked once a second."""
    max_connections: Count | None = None
    """All connections; None: the limit of open files, less 20 reserved ones."""
    max_unauthenticated: Count = 1000
    """Connections whose session has not connected with a valid token, including plain HTTP."""
    max_unauthenticated_per_address: Count = 100
    """The same, per IPv4 address or IPv6 /64."""
    max_tokens: Count = 200
    """Tokens per account. At the limit a log-in replaces the oldest token; creating is refused."""
    max_sessions: Count = 50
    """Live sessions per account."""
    log_in_delay_s: Seconds = 300
    """Maximum delay between failed log-ins per account and address. The delay grows from one second
    after the third failure. For an address known to the account it is at most 30 seconds."""
    calls_in_flight: Count = 64
    """Per session. At the limit its frames stay unread."""
    # Two pages of 1 MiB must fit, and events beside them.
    outbox_bytes: Annotated[int, whole(3 << 20)] = 4 << 20
    """Maximum of unsent data per session."""
    all_outboxes_bytes: Annotated[int, whole(8 << 20)] = 256 << 20
    """Maximum of unsent data of all sessions together, including memory reserved for pages being
    read, which take at most half of it and wait for one another. Above all of it the sessions with
    most unsent data are closed as slow."""
    slow_reader_free_bytes: Count = 1 << 20
    """A client may read this much at 64 KiB per ten seconds. Data that follows without a pause must
    be read at ``slow_reader_bytes_per_s`` on average, or the connection is closed."""
    slow_reader_bytes_per_s: Count = 64 << 10

    connect_timeout_s: Seconds = 10
    """A session without a successful ``connect`` is closed after this time."""
    ping_interval_s: Seconds = 25
    """A session that is silent for this long gets a ping."""
    pong_timeout_s: Seconds = 8
    """A session that stays silent for this long after a ping is closed."""
    presence_grace_s: Seconds = 5
    """From the end of a person's last session until the person counts as offline."""
    presence_members: Count = 500
    """Rooms with more members send no presence."""
    unread_interval_ms: Annotated[int, whole(0)] = 100
    """Minimum time between two pushes of ``unread`` events to one person."""
    room_idle_s: Seconds = 30
    """A room without mail for this long is removed from memory, unless somebody watches it."""
    inbox_idle_s: Seconds = 30
    """The same for the inbox of a person who is offline."""
    drain_timeout_s: Seconds = 8
    """Maximum time to answer calls in flight after SIGTERM."""

    push_grace_s: Seconds = 10
    """Time in which a message may be read before devices are notified of it."""
    push_text: Literal["on", "off"] = "on"
    """``off``: notifications say that there is a message, not of whom, where and what."""
    push_contact: ContactAddress | None = None
    """Whom push services may write to about this server: ``mailto:admin@chat.example`` or an
    ``https:`` address. Some of them refuse servers without one."""
    push_allow_private: Literal["on", "off"] = "off"
    """``on``: endpoints may be in this machine's networks, and without TLS. For push services of
    one's own, and for tests."""

    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def enforced(self) -> Quotas | None:
        """The quotas, or None with ``rate_limits`` off."""
        return self.quotas if self.rate_limits == "on" else None

    @property
    def files(self) -> Path:
        """The directory of files."""
        return self.files_directory or self.data / FILES_DIRECTORY

    def url(self, address: str) -> str:
        """Return what people open.

        :param address: as ``listen``, where the server listens.
        :returns: a URL; ``unix:PATH`` if only a socket is known.
        """
        if self.public_url is not None or unix_path(address) is not None:
            return self.public_url or address
        return f"{'http' if self.tls_certificate is None else 'https'}://{address}"

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins of pages that may use the server, besides those of its own addresses."""
        own = () if self.public_url is None else (split_web_address(self.public_url)[0],)
        return (*self.allowed_origins, *own)

    @property
    def prefix(self) -> str:
        """The path of ``public_url``, such as ``/chat``, below which everything is; or empty."""
        return "" if self.public_url is None else split_web_address(self.public_url)[1]

    @property
    def loopback(self) -> bool:
        """Whether only this machine can connect."""
        if unix_path(self.listen) is not None:
            return True
        host, _ = split_address(self.listen)
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"


def changed(config: Config) -> dict[str, object]:
    """The settings that differ from the defaults, by names as ``rates.messages.burst``."""
    return differing(config, Config())


def differing(config: Config, other: Config) -> dict[str, object]:
    """The settings of ``config`` that differ from those of ``other``."""
    return dict(_differing("", config, other))


def _differing(prefix: str, ours: Any, theirs: Any) -> Iterator[tuple[str, object]]:
    for field in attrs.fields(type(theirs)):
        value, usual = getattr(ours, field.name), getattr(theirs, field.name)
        if attrs.has(type(usual)):
            yield from _differing(f"{prefix}{field.name}.", value, usual)
        elif value != usual:
            plain = isinstance(value, str | int | float | None)
            yield prefix + field.name, value if plain else str(value)
