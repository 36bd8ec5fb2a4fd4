"""The settings of rate limits and quotas, with their defaults."""

import attrs

from .setting_types import Count, Seconds


@attrs.frozen
class Rate:
    """A token bucket: up to ``burst`` at once, and ``per_minute`` on average."""

    burst: Count
    per_minute: Count


@attrs.frozen
class Rates:
    """Rate limits.

    ``messages``, ``joins``, ``typing`` and ``calls`` apply to each session. All sessions of an
    account together have ``person_factor`` times as much.
    """

    messages: Rate = Rate(burst=20, per_minute=300)
    """Sending, editing and deleting messages."""
    joins: Rate = Rate(burst=10, per_minute=60)
    """Joining and creating rooms; acts on members, accounts and invitations."""
    typing: Rate = Rate(burst=10, per_minute=120)
    """Typing notifications."""
    calls: Rate = Rate(burst=100, per_minute=3000)
    """All other calls. Above this rate they are delayed, not refused. A page costs one token per
    100 of its limit; a list of rooms or members costs two."""
    fan_out_kib: Rate = Rate(burst=32 * 1024, per_minute=240 * 1024)
    """KiB that one account's messages and changes send to all subscribers together. A call that
    sends at most 64 KiB does not count."""
    uploads: Rate = Rate(burst=60, per_minute=300)
    """Requests of an account about uploads."""
    connects: Rate = Rate(burst=10, per_minute=60)
    """``connect`` calls per account."""
    log_in: Rate = Rate(burst=10, per_minute=10)
    """Failed log-ins and sign-ups per address, and all log-ins per account and address. An IPv6 /64
    counts as one address. Its /56 has 4 times as much, its /48 16 times."""
    log_in_account: Rate = Rate(burst=20, per_minute=5)
    """Failed log-ins per account from addresses where it was never used."""
    account: Rate = Rate(burst=20, per_minute=30)
    """Requests of an account about itself (password, tokens, sessions) per address."""
    unknown_tokens: Rate = Rate(burst=60, per_minute=60)
    """Unknown tokens per address."""
    connections: Rate = Rate(burst=200, per_minute=1200)
    """New connections per address. A connection that authenticates does not count."""
    frames: Rate = Rate(burst=50, per_minute=1200)
    """Control frames and fragments per connection, also before log-in. A connection above this rate
    is closed."""
    person_factor: Count = 2
    violations_per_minute: Count = 1000
    """A session with this many ``rate_limited`` answers is closed."""
    malformed_per_minute: Count = 100
    """A session with this many malformed calls is closed."""


@attrs.frozen
class Quotas:
    """Quotas per account: rooms, messages, contacts with strangers. Days are in UTC.

    A call above a quota is refused as ``quota_exceeded``. An empty environment variable disables
    one quota; ``rate_limits`` "off" disables all.
    """

    messages_per_day: Count | None = 50_000
    """Messages and edits."""
    bytes_per_day: Count | None = 100_000_000
    """Bytes of their texts in UTF-8."""
    rooms_per_day: Count | None = 50
    """Rooms created, without direct rooms."""
    rooms_made: Count | None = 500
    """Existing rooms that the account created."""
    rooms: Count | None = 1000
    """Rooms that the account is a member of, without direct rooms. Invitations by others can use
    only half of them."""
    direct_rooms_per_day: Count | None = 200
    """Direct rooms created, by a first message."""
    direct_rooms: Count | None = 10_000
    """Direct rooms that the account is in. At the limit it can create no more."""
    strangers_per_day: Count | None = 50
    """Strangers invited or written to for the first time. A stranger shares no room."""
    stranger_age_s: Seconds = 0
    """Minimum age of an account that contacts strangers."""
    blocked: Count | None = 1000
    """Users that the account blocks."""
    push_endpoints: Count | None = 20
    """Devices that get notifications. With ``rate_limits`` off there are at most 200."""
    file_bytes: Count | None = 2_000_000_000
    """Bytes of the account's files: those in messages, and uploads. Each counts 4 KiB more."""
    waiting_files: Count | None = 100
    """The account's uploads that are in no message."""
    invitations: Count | None = 100
    """Invitations that the account has made, and by which people may still come."""
    sign_ups_per_day: Count | None = 1000
    """For the whole server. Accounts that an operator adds do not count."""
    accounts: Count | None = 1_000_000
    """For the whole server. At the limit sign-up is refused; an operator can still add accounts."""
