"""The settings: one frozen class, with their units and meanings, and defaults for a small team.
Their sources stand in :mod:`.config_sources`.
"""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

import attrs

from .setting_types import (
    Count,
    ListenAddress,
    MetricsAddress,
    NetworkList,
    OriginList,
    Seconds,
    split_address,
    whole,
)


@attrs.frozen
class Rate:
    """A token bucket: ``burst`` at once, and ``per_minute`` on the average."""

    burst: Count
    per_minute: Count


@attrs.frozen
class Rates:
    """``messages``, ``joins``, ``signs`` and ``calls`` are those of one session; a person has
    ``person_factor`` times as much over all sessions.
    """

    messages: Rate = Rate(burst=20, per_minute=300)
    """Sending, editing and deleting messages."""
    joins: Rate = Rate(burst=10, per_minute=60)
    """Joining and making rooms; inviting, removing, banning and unbanning people."""
    signs: Rate = Rate(burst=10, per_minute=120)
    """Signs of typing."""
    calls: Rate = Rate(burst=100, per_minute=3000)
    """All other calls: past this rate they wait and are not refused. A page takes a token for each
    100 of its limit, a list of rooms or members two."""
    told_kib: Rate = Rate(burst=32 * 1024, per_minute=240 * 1024)
    """KiB that one person's messages and changes tell to all listeners together; only those count
    that tell more than 64 KiB."""
    connects: Rate = Rate(burst=10, per_minute=60)
    """``connect`` calls of one person."""
    log_in: Rate = Rate(burst=10, per_minute=10)
    """Failed log-ins and sign-ups of one address, and all log-ins of one account from one address.
    An IPv6 /64 counts as one address; its /56 has 4 times as much, its /48 16 times."""
    log_in_account: Rate = Rate(burst=20, per_minute=5)
    """Failed log-ins of one account, over all addresses that it was never used from."""
    account: Rate = Rate(burst=20, per_minute=30)
    """Requests of one account about itself from one address: password, tokens, sessions."""
    unknown_tokens: Rate = Rate(burst=60, per_minute=60)
    """Unknown tokens of one address."""
    connections: Rate = Rate(burst=200, per_minute=1200)
    """New connections of one address; those that authenticate are given back."""
    frames: Rate = Rate(burst=50, per_minute=1200)
    """Control frames and fragments of one connection, before it has logged in too; past this rate
    it is closed."""
    person_factor: Count = 2
    violations_per_minute: Count = 1000
    """``rate_limited`` answers after which a session is closed."""
    malformed_per_minute: Count = 100
    """Frames that are no calls after which a session is closed."""


@attrs.frozen
class Quotas:
    """Quotas of an account: rooms, messages, contacts of strangers. A day is one of UTC.

    A call past a quota is refused as ``quota_exceeded``. An empty environment variable switches a
    quota off, as ``rate_limits`` "off" does with all of them.
    """

    messages_per_day: Count | None = 50_000
    """Messages and edits."""
    bytes_per_day: Count | None = 100_000_000
    """Of their texts, as UTF-8."""
    rooms_per_day: Count | None = 50
    """Rooms made, direct ones aside."""
    rooms_made: Count | None = 500
    """Rooms of its making that exist."""
    rooms: Count | None = 1000
    """Rooms that it is a member of, direct ones aside. Others can fill only half of them, by
    invitations."""
    direct_rooms_per_day: Count | None = 200
    """Direct rooms made, by a first message."""
    direct_rooms: Count | None = 10_000
    """Direct rooms that it is in; past that it makes no more."""
    strangers_per_day: Count | None = 50
    """People invited, or written to for the first time, with whom it shares no room."""
    stranger_age_s: Seconds = 0
    """How old an account must be before it may do so."""
    blocked: Count | None = 1000
    """People whom it blocks."""
    sign_ups_per_day: Count | None = 1000
    """Of the server. Accounts that an operator adds do not count."""
    accounts: Count | None = 1_000_000
    """Of the server: past that nobody signs up. An operator may still add some."""


@attrs.frozen
class Config:
    """The server listens on the loopback interface only, until ``listen`` says otherwise. It speaks
    plain HTTP: put a proxy that adds TLS between it and a network.
    """

    listen: ListenAddress = "127.0.0.1:8000"
    """``host:port``, IPv6 in brackets; port 0 lets the system choose."""
    trusted_proxies: NetworkList = ()
    """Addresses and networks of reverse proxies. From them ``Forwarded`` and ``X-Forwarded-For``
    tell the client's address, from all others these headers are ignored."""
    allowed_origins: OriginList = ()
    """Pages that may use the server beside its own, as ``https://chat.example``; ``*``: all. Where
    a proxy is not trusted and has another name, its origin too. Once any is named, so has to be
    each name that people use."""
    metrics_listen: MetricsAddress | None = None
    """Where ``GET /metrics`` is answered, for Prometheus: ``host:port``, or ``unix:`` and the path
    of a socket; None: nowhere. There is no log-in, so it must not be public."""
    data: Path = Path("chatroom-data")
    signup: Literal["open", "closed"] = "open"

    text_chars: Count = 4000
    text_bytes: Count = 16384
    token_days: Count = 90
    """Days that a token lives."""
    token_warning_days: Annotated[int, whole(0)] = 7
    """Days before a token's end from which its sessions are warned once a day, or half of its life
    where that is shorter; 0: never."""
    keep_days: Count | None = None
    keep_messages: Count | None = None
    """In each room."""

    rate_limits: Literal["on", "off"] = "on"
    rates: Rates = Rates()
    quotas: Quotas = Quotas()
    max_data_bytes: Count | None = None
    """The size of the database past which new messages and rooms are refused as ``storage_full``,
    whatever ``rate_limits`` says; None: the disk is the limit. It is looked at once a second."""
    max_connections: Count | None = None
    """All connections; None: as many as files may be open, less 20 that are kept back."""
    max_unauthenticated: Count = 1000
    """Connections whose session has not connected with a good token, HTTP ones too."""
    max_unauthenticated_per_address: Count = 100
    """The same, of one IPv4 address or one IPv6 /64."""
    max_tokens: Count = 200
    """Tokens of one account. A log-in past it ends the oldest one; other ways are refused."""
    max_sessions: Count = 50
    """Live sessions of one account."""
    log_in_delay_s: Seconds = 300
    """The longest delay between failed log-ins of one account from one address. It grows from one
    second after the third failure; an address known to the account waits 30 seconds at most."""
    calls_in_flight: Count = 64
    """Of one session; past it, the session's frames wait unread."""
    # Two pages of 1 MiB have to fit, with room for events beside them.
    outbox_bytes: Annotated[int, whole(3 << 20)] = 4 << 20
    """The most that waits to be sent to one session."""
    all_outboxes_bytes: Annotated[int, whole(8 << 20)] = 256 << 20
    """The most that waits to be sent to all sessions together, and is kept for pages that are being
    read. Past its half pages wait for one another; past all of it the sessions that hold most
    are ended as slow."""
    slow_reader_free_bytes: Count = 1 << 20
    """A client may take so much at 64 KiB in ten seconds; what follows without a pause has to go at
    ``slow_reader_bytes_per_s`` on average, or its connection is cut."""
    slow_reader_bytes_per_s: Count = 64 << 10

    connect_timeout_s: Seconds = 10
    ping_interval_s: Seconds = 25
    pong_timeout_s: Seconds = 8
    presence_grace_s: Seconds = 5
    presence_members: Count = 500
    """Rooms with more members tell nothing of who is there."""
    unread_interval_ms: Annotated[int, whole(0)] = 100
    room_idle_s: Seconds = 30
    inbox_idle_s: Seconds = 30
    drain_timeout_s: Seconds = 8

    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def enforced(self) -> Quotas | None:
        """The quotas, unless limits of number are switched off."""
        return self.quotas if self.rate_limits == "on" else None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of ``listen``."""
        return split_address(self.listen)

    @property
    def loopback(self) -> bool:
        """Whether nobody on another machine can connect."""
        host, _ = self.address
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"
