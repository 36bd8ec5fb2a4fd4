"""The settings: one frozen class, read as defaults < TOML file < environment < command line.

Strict: an unknown key or a wrong type is a :class:`StartError` that names its source and key, and
only environment variables, which are all text, are converted. ``rates.messages.burst`` is
``[rates.messages] burst = 20`` in the file and ``CHATROOM_RATES_MESSAGES_BURST`` in the
environment. Ranges are judged where settings are read; code that builds a Config may go beyond
them. Knows nothing of what the settings are for.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_network
from math import isfinite
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Final, Literal, TypeAlias, Union, get_args, get_origin

import attrs
from cattrs import ClassValidationError, Converter, transform_error
from cattrs.gen import make_dict_structure_fn

from .errors import StartError

PREFIX: Final = "CHATROOM_"
CONFIG_VARIABLE: Final = "CHATROOM_CONFIG"
"""Names the file itself, so it is no setting."""

# What Kubernetes sets by itself for a service called "chatroom"; no setting begins so.
_FOREIGN: Final = ("CHATROOM_SERVICE_", "CHATROOM_PORT")
_ADDRESS: Final = re.compile(r"(?:\[(?P<v6>[0-9a-fA-F:.]+)\]|(?P<host>[^:\[\]\s]+)):(?P<port>\d+)")
# So many days, in ms, are still a number that can be kept.
_MOST: Final = 10**10


def split_address(address: str) -> tuple[str, int]:
    """``host:port`` or ``[ipv6]:port``, taken apart. :raises ValueError: for anything else."""
    match = _ADDRESS.fullmatch(address)
    if match is None or int(match["port"]) > 65535:
        raise ValueError("must be HOST:PORT, or [IPV6]:PORT")
    return match["v6"] or match["host"], int(match["port"])


def _whole(least: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        # `type() is`: True is an int to isinstance.
        if type(value) is not int:
            raise ValueError("must be an integer")
        if value < least:
            raise ValueError(f"must be at least {least}")
        if value > _MOST:
            raise ValueError(f"must be at most {_MOST}")
        return value

    return check


def _seconds(value: Any) -> float:
    if type(value) not in (int, float) or not isfinite(value):
        raise ValueError("must be a number")
    if value < 0:
        raise ValueError("must be at least 0")
    return float(value)


def _listen(value: Any) -> str:
    split_address(_text(value))
    return str(value)


def _text(value: Any) -> str:
    if type(value) is not str or not value:
        raise ValueError("must be text")
    return value


def _list_of(check: Callable[[str], object]) -> Callable[[Any], tuple[str, ...]]:
    """Of a list of texts, or of one text with commas."""

    def checked(value: Any) -> tuple[str, ...]:
        texts = value.split(",") if type(value) is str else value
        if not isinstance(texts, list | tuple) or not all(type(text) is str for text in texts):
            raise ValueError("must be a list of texts")
        stripped = tuple(text for each in texts if (text := each.strip()))
        for text in stripped:
            check(text)
        return stripped

    return checked


# The check of a type stands in its annotation; it is given what the source says.
Count: TypeAlias = Annotated[int, _whole(1)]
Seconds: TypeAlias = Annotated[float, _seconds]
Networks: TypeAlias = Annotated[tuple[str, ...], _list_of(ip_network)]


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
    """Requests of one account about itself: password, tokens, sessions."""
    unknown_tokens: Rate = Rate(burst=60, per_minute=60)
    """Unknown tokens of one address."""
    connections: Rate = Rate(burst=300, per_minute=1200)
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
    """What one account may make, keep and ask of strangers. A day is one of UTC. A call past a
    quota is refused as ``quota_exceeded``; an empty environment variable switches a quota off, as
    ``rate_limits`` "off" does with all of them.
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
    """Settings, with what a small team needs as the defaults.

    The server listens on the loopback interface only, until ``listen`` says otherwise: it speaks
    plain HTTP, so what faces a network is better a proxy that adds TLS.
    """

    listen: Annotated[str, _listen] = "127.0.0.1:8000"
    """``host:port``, IPv6 in brackets; port 0 lets the system choose."""
    trusted_proxies: Networks = ()
    """Addresses and networks of reverse proxies. From them ``Forwarded`` and ``X-Forwarded-For``
    tell the client's address, from all others these headers are ignored."""
    data: Path = Path("chatroom-data")
    signup: Literal["open", "closed"] = "open"

    text_chars: Count = 4000
    text_bytes: Count = 16384
    token_days: Count = 90
    """Days that a token lives."""
    token_warning_days: Annotated[int, _whole(0)] = 7
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
    outbox_bytes: Annotated[int, _whole(3 << 20)] = 4 << 20
    """The most that waits to be sent to one session."""
    all_outboxes_bytes: Annotated[int, _whole(8 << 20)] = 256 << 20
    """The most that waits to be sent to all sessions together, and is kept for pages that are being
    read. Past its half pages wait for one another; past all of it the sessions of whoever holds
    most are ended as slow."""
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
    unread_interval_ms: Annotated[int, _whole(0)] = 100
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


def load(file: Path | None, environment: Mapping[str, str], flags: Mapping[str, object]) -> Config:
    """The settings of all sources; a flag that is None was not given.

    :raises StartError: naming the source and the key that is wrong.
    """
    config = Config()
    if file is not None:
        config = _overlaid(config, _read(file), str(file))
    for variable, value in _from_environment(environment):
        config = _overlaid(config, value, variable)
    for name, flag in flags.items():
        if flag is not None:
            config = _overlaid(config, {name: flag}, f"--{name.replace('_', '-')}")
    return config


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise StartError(f"{file}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StartError(f"{file}: not TOML: {error}") from None


def _from_environment(environment: Mapping[str, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    settings = {PREFIX + "_".join(path).upper(): (path, kind) for path, kind in _leaves(Config)}
    for variable, text in environment.items():
        if not variable.startswith(PREFIX) or variable.startswith(_FOREIGN):
            continue
        if variable == CONFIG_VARIABLE:
            continue
        if variable not in settings:
            raise StartError(f"{variable}: no such setting")
        path, kind = settings[variable]
        value: Any = _from_text(text, kind)
        for key in reversed(path):
            value = {key: value}
        yield variable, value


def _leaves(shape: type[attrs.AttrsInstance]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for field in attrs.fields(shape):
        kind: Any = field.type
        if attrs.has(kind):
            for path, inner in _leaves(kind):
                yield (field.name, *path), inner
        else:
            yield (field.name,), kind


def _from_text(text: str, kind: Any) -> object:
    origin: Any = get_origin(kind)
    if origin in (Union, UnionType):  # Count | None
        return None if text == "" else _from_text(text, get_args(kind)[0])
    if origin is Annotated and get_origin(get_args(kind)[0]) is None:
        try:
            return get_args(kind)[0](text)
        except ValueError:
            pass  # the check of the type says what it must be
    return text


def _overlaid(config: Config, values: Mapping[str, Any], source: str) -> Config:
    merged = _merged(_CONVERTER.unstructure(config), values)
    try:
        return _CONVERTER.structure(merged, Config)
    except ClassValidationError as error:
        # What was there before was right, so whatever is wrong came from this source.
        problems = transform_error(error, path="", format_exception=_describe)
        raise StartError(f"{source}: {'; '.join(map(_key_first, problems))}") from None


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        if isinstance(value, dict) and isinstance(under, dict):
            value = _merged(under, value)
        merged[key] = value
    return merged


def _key_first(problem: str) -> str:
    what, _, path = problem.rpartition(" @ ")
    key = path.lstrip(".")
    return f"{key}: {what}" if key else what


def _describe(error: BaseException, _type: type | None) -> str:
    if extra := getattr(error, "extra_fields", None):
        return f"no such setting: {', '.join(sorted(extra))}"
    return str(error)


# ---- strict reading, by type


def _make_converter() -> Converter:
    converter = Converter(forbid_extra_keys=True)
    converter.register_unstructure_hook(Path, str)
    converter.register_structure_hook(Path, lambda value, _: Path(_text(value)))
    converter.register_structure_hook_factory(
        _made_of(Literal), lambda kind: _one_of(get_args(kind))
    )
    converter.register_structure_hook_factory(
        _made_of(Annotated), lambda kind: _checked(get_args(kind)[1])
    )
    converter.register_structure_hook_factory(
        attrs.has, lambda shape: _table(make_dict_structure_fn(shape, converter))
    )
    return converter


def _made_of(origin: object) -> Callable[[Any], bool]:
    return lambda kind: get_origin(kind) is origin


def _one_of(words: tuple[str, ...]) -> Callable[[object, object], Any]:
    def structure(value: object, _: object) -> object:
        if value not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return value

    return structure


def _checked(check: Callable[[Any], Any]) -> Callable[[object, object], Any]:
    return lambda value, _: check(value)


def _table(structure: Callable[[Any, Any], Any]) -> Callable[[object, object], Any]:
    def structure_table(value: object, shape: object) -> Any:
        if not isinstance(value, dict):
            raise ValueError("must be a table")
        return structure(value, shape)

    return structure_table


_CONVERTER: Final = _make_converter()
