"""The limits of log-ins, with an explicit clock."""

import math

import pytest

from chatroom.config import Config
from chatroom.errors import Refused
from chatroom.limit_settings import Rate, Rates
from chatroom.net.addresses import block_of, networks_of
from chatroom.net.buckets import BoundedDict
from chatroom.session import log_ins
from chatroom.session.log_ins import LogIns

HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"
MINUTE = 60.0


@pytest.fixture
def limits() -> LogIns:
    return LogIns(Config())


def wait_s(limits: LogIns, account: str, address: str, now: float) -> float:
    """Return the delay of an attempt; 0 if it was admitted, in which case it fails."""
    try:
        limits.begin(account, address, now)
    except Refused as refused:
        return (refused.retry_after_ms or math.nan) / 1000
    return 0


def let_through(limits: LogIns, attempts: list[tuple[str, str]], now: float) -> int:
    return sum(not wait_s(limits, account, address, now) for account, address in attempts)


def log_in(limits: LogIns, account: str, address: str, now: float) -> None:
    limits.succeeded(limits.begin(account, address, now), now)


@pytest.mark.parametrize(
    ("address", "stands_for"),
    [
        ("192.0.2.1", ("192.0.2.1",)),
        ("::ffff:192.0.2.1", ("192.0.2.1",)),
        ("2001:db8:1:203::4", ("2001:db8:1:203::/64", "2001:db8:1:200::/56", "2001:db8:1::/48")),
        ("fe80::1%eth0", ("fe80::/64", "fe80::/56", "fe80::/48")),
        ("unix", ("unix",)),
    ],
)
def test_networks_of_an_address(address: str, stands_for: tuple[str, ...]) -> None:
    assert networks_of(address) == stands_for
    assert block_of(address) == stands_for[0]


def test_an_address_fails_ten_times_and_then_once_in_six_seconds(limits: LogIns) -> None:
    assert let_through(limits, [(f"user{n}", HERE) for n in range(20)], 0) == 10
    assert wait_s(limits, "another", HERE, 0) == 6
    assert wait_s(limits, "another", HERE, 6) == 0
    assert wait_s(limits, "another", ELSEWHERE, 0) == 0


@pytest.mark.parametrize(
    ("network", "most"),
    [("2001:db8::{:x}", 10), ("2001:db8:0:{:x}::1", 40), ("2001:db8:0:{:x}00::1", 160)],
)
def test_an_ipv6_network_is_one_address(limits: LogIns, network: str, most: int) -> None:
    """A /64 counts as one address, a /56 as four, a /48 as sixteen."""
    attempts = [(f"user{n}", network.format(n)) for n in range(200)]
    assert let_through(limits, attempts, 0) == most


def test_successful_log_ins_of_one_address_are_not_limited(limits: LogIns) -> None:
    for number in range(500):
        log_in(limits, f"user{number}", HERE, 0)


def test_logging_in_without_end_is_limited(limits: LogIns) -> None:
    """The right password does not matter, since each log-in costs a hash and a token."""
    for _ in range(10):
        log_in(limits, "alice", HERE, 0)
    assert wait_s(limits, "alice", HERE, 0) == 6


def test_withdrawn_attempts_are_not_charged(limits: LogIns) -> None:
    for _ in range(100):
        limits.withdrawn(limits.begin("alice", HERE, 0))
    assert let_through(limits, [("alice", HERE)] * 5, 0) == log_ins.FREE_FAILURES


def test_failures_double_the_delay(limits: LogIns) -> None:
    now, delays = 0.0, []
    for _ in range(15):
        delays.append(wait_s(limits, "alice", HERE, now))
        now += delays[-1]
        if delays[-1]:
            assert not wait_s(limits, "alice", HERE, now)
    grown = [delay for delay in delays if delay >= 10]
    assert delays[:4] == [0, 0, 0, 1]
    assert grown == [16, 32, 64, 128, 256, 300, 300, 300]


def test_a_success_and_an_hour_end_the_delay(limits: LogIns) -> None:
    attempts = [("alice", HERE)] * 5
    assert let_through(limits, attempts, 0) == 3
    log_in(limits, "alice", HERE, MINUTE)
    assert let_through(limits, attempts, MINUTE) == 3
    limits.forget(2 * 3600)
    assert let_through(limits, attempts, 2 * 3600) == 3


def test_an_account_is_guessed_at_slowly_from_many_addresses(limits: LogIns) -> None:
    attempts = [("alice", f"10.0.{n // 256}.{n % 256}") for n in range(1000)]
    assert let_through(limits, attempts, 0) == 20
    assert let_through(limits, attempts, MINUTE) == 5
    assert wait_s(limits, "bob", HERE, MINUTE) == 0


@pytest.mark.parametrize("by_token", [False, True])
def test_the_owner_is_not_kept_out_by_strangers(limits: LogIns, by_token: bool) -> None:
    """Strangers guess at the account, or fail at the same address."""
    if by_token:
        limits.used_token("alice", HERE, 0, began=False)
    else:
        log_in(limits, "alice", HERE, 0)
    let_through(limits, [("alice", f"10.0.0.{n}") for n in range(256)], MINUTE)
    let_through(limits, [(f"user{n}", HERE) for n in range(256)], MINUTE)
    assert wait_s(limits, "alice", ELSEWHERE, MINUTE) > 0
    assert wait_s(limits, "bob", HERE, MINUTE) > 0
    log_in(limits, "alice", HERE, MINUTE)


def test_delay_at_a_known_address_is_short(limits: LogIns) -> None:
    log_in(limits, "alice", HERE, 0)
    now = 0.0
    for _ in range(50):
        now += wait_s(limits, "alice", HERE, now)
    assert wait_s(limits, "alice", HERE, now) <= log_ins.MAX_KNOWN_DELAY_S


def test_unknown_tokens_are_looked_up_at_a_rate(limits: LogIns) -> None:
    for number in range(1000):  # valid tokens are not counted
        limits.begin_token(HERE, 0)
        limits.used_token(f"user{number}", HERE, 0, began=True)
    for _ in range(60):
        limits.begin_token(HERE, 0)
    with pytest.raises(Refused) as refused:
        limits.begin_token(HERE, 0)
    assert refused.value.reason == "rate_limited"
    limits.begin_token(ELSEWHERE, 0)
    limits.begin_token(HERE, 1)


def test_limits_off() -> None:
    limits = LogIns(Config(rate_limits="off"))
    assert let_through(limits, [("alice", HERE)] * 1000, 0) == 1000
    for _ in range(1000):
        limits.spend_sign_up(HERE, 0)
        limits.begin_token(HERE, 0)


def test_limits_are_settings() -> None:
    rates = Rates(log_in=Rate(burst=1, per_minute=1), log_in_account=Rate(burst=2, per_minute=1))
    limits = LogIns(Config(rates=rates))
    assert let_through(limits, [("alice", f"10.0.0.{n}") for n in range(9)], 0) == 2
    assert wait_s(limits, "bob", "10.0.0.1", 0) == 60


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_ins, "MAX_KEYS", 100)
    limits = LogIns(Config())
    for number in range(500):
        limits.begin(f"user{number}", f"10.0.{number // 256}.{number % 256}", 0)
        limits.used_token("alice", f"10.0.{number // 256}.{number % 256}", 0, began=False)
        limits.used_token(f"user{number}", HERE, 0, began=False)
    tables = [value for value in vars(limits).values() if isinstance(value, BoundedDict)]
    assert [len(table) for table in tables] == [100, 100]
    assert max(len(known) for known in limits._known.values()) == log_ins.MAX_ADDRESSES


def test_the_key_set_longest_ago_is_evicted() -> None:
    recent: BoundedDict[str, int] = BoundedDict(2)
    recent["a"], recent["b"], recent["a"], recent["c"] = 1, 2, 3, 4
    assert recent == {"a": 3, "c": 4}
