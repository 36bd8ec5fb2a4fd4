"""Limits of log-ins, sign-ups and unknown tokens. Pure: the time is an argument.

- An address may fail so often; the larger IPv6 networks around it have larger buckets.
- An account may be failed on so often by strangers, over all addresses together.
- An account may be tried so often from one address. After some failures there each further one
  doubles a delay.

An address is known to an account after a log-in or a valid token from there. It is limited by its
own attempts alone, so nobody else's failures keep an owner out. All is in memory and bounded: a
restart forgets it, and a flood of names or addresses pushes out what was used longest ago.
"""

import math
from typing import Final

import attrs

from ..config import Config, Rate
from ..errors import Refused
from ..net.addresses import networks_of
from ..net.buckets import BoundedDict, Buckets

FREE_FAILURES: Final = 3
"""Failures of an account from one address before the delay begins."""
MAX_KNOWN_DELAY_S: Final = 30
"""The longest delay for a known address. A person who shares it with an attacker gets in."""
REMEMBER_FAILURES_S: Final = 3600
REMEMBER_ADDRESS_S: Final = 30 * 24 * 3600
MAX_ADDRESSES: Final = 20
"""Known ones of an account."""
MAX_KEYS: Final = 50_000
"""Accounts, addresses or pairs of them that one table keeps."""
_FACTORS: Final = (1, 4, 16)
"""How much larger the buckets are, in the order of :func:`.networks_of`."""


@attrs.frozen
class Attempt:
    """A log-in under way. ``known``: the account has been used from this address before."""

    account: str
    networks: tuple[str, ...]
    known: bool


@attrs.frozen
class _Failures:
    count: int
    last_at: float

    def wait(self, longest_s: float, now: float) -> float:
        """Seconds until the next attempt."""
        if self.count < FREE_FAILURES:
            return 0
        delay = min(2.0 ** min(self.count - FREE_FAILURES, 60), longest_s)
        return max(self.last_at + delay - now, 0)


class LogIns:
    """With ``rate_limits`` off, nothing is ever refused."""

    def __init__(self, config: Config) -> None:
        rates = config.rates
        self._on = config.rate_limits == "on"
        self._longest_s = config.log_in_delay_s
        self._addresses = _by_network(rates.log_in)
        self._tokens = _by_network(rates.unknown_tokens)
        self._calls = _by_network(rates.account)
        self._accounts = _bounded(rates.log_in_account)
        self._pairs = _bounded(rates.log_in)
        self._failures: BoundedDict[str, _Failures] = BoundedDict(MAX_KEYS)
        self._known: BoundedDict[str, BoundedDict[str, float]] = BoundedDict(MAX_KEYS)

    # ---- passwords

    def begin(self, account: str, address: str, now: float) -> Attempt:
        """An attempt counts as failed until :meth:`succeeded` or :meth:`withdrawn` is called, so
        attempts at the same time are limited too.

        :raises Refused: ``rate_limited``, and then nothing is charged.
        """
        where = networks_of(address)
        pair = _pair(account, where)
        known = self._is_known(account, where[0], now)
        failures = self._failures.get(pair, _Failures(0, now))
        if now - failures.last_at > REMEMBER_FAILURES_S:
            failures = _Failures(0, now)
        longest_s = min(self._longest_s, MAX_KNOWN_DELAY_S) if known else self._longest_s
        wait = max(self._pairs.wait(pair, now), failures.wait(longest_s, now))
        if not known:
            wait = max(wait, _wait(self._addresses, where, now), self._accounts.wait(account, now))
        self._refuse(wait)
        self._pairs.spend(pair, now)
        if not known:
            _take(self._addresses, where, now)
            self._accounts.spend(account, now)
        self._failures[pair] = _Failures(failures.count + 1, now)
        return Attempt(account, where, known)

    def succeeded(self, attempt: Attempt, now: float) -> None:
        """The tokens of the address and of the account are given back. That of the account at this
        address is not: a log-in costs a hash."""
        self._give_back(attempt)
        self._failures.pop(_pair(attempt.account, attempt.networks), None)
        self._note_known(attempt.account, attempt.networks[0], now)

    def withdrawn(self, attempt: Attempt) -> None:
        """The password was not looked at."""
        pair = _pair(attempt.account, attempt.networks)
        self._give_back(attempt)
        self._pairs.refund(pair)
        if (failures := self._failures.get(pair)) is not None:
            self._failures[pair] = attrs.evolve(failures, count=max(failures.count - 1, 0))

    def take_sign_up(self, address: str, now: float) -> None:
        """:raises Refused: ``rate_limited``"""
        where = networks_of(address)
        self._refuse(_wait(self._addresses, where, now))
        _take(self._addresses, where, now)

    def take_call(self, account: str, address: str, now: float) -> None:
        """A request of the account about itself. A thief of a token uses up the bucket of the
        thief's own address, and does not keep the owner from revoking it.

        :raises Refused: ``rate_limited``
        """
        where = tuple(f"{account} {network}" for network in networks_of(address))
        self._refuse(_wait(self._calls, where, now))
        _take(self._calls, where, now)

    # ---- tokens

    def begin_token(self, address: str, now: float) -> None:
        """Before a token is looked up that may be unknown.

        :raises Refused: ``rate_limited``
        """
        where = networks_of(address)
        self._refuse(_wait(self._tokens, where, now))
        _take(self._tokens, where, now)

    def used_token(self, account: str, address: str, now: float, *, began: bool) -> None:
        """A valid token was used; ``began``: :meth:`begin_token` was called for it."""
        where = networks_of(address)
        if began:
            for buckets, network in zip(self._tokens, where, strict=False):
                buckets.refund(network)
        self._note_known(account, where[0], now)

    # ---- for housekeeping

    def forget(self, now: float) -> None:
        """Drop full buckets and old failures."""
        for buckets in (*self._addresses, *self._tokens, *self._calls, self._accounts, self._pairs):
            buckets.forget_full(now)
        old = now - REMEMBER_FAILURES_S
        while self._failures and next(iter(self._failures.values())).last_at < old:
            self._failures.popitem(last=False)

    # ---- inside

    def _refuse(self, wait_s: float) -> None:
        if self._on and wait_s > 0:
            raise Refused("rate_limited", "too fast; try again later", math.ceil(wait_s * 1000))

    def _give_back(self, attempt: Attempt) -> None:
        if not attempt.known:
            for buckets, network in zip(self._addresses, attempt.networks, strict=False):
                buckets.refund(network)
            self._accounts.refund(attempt.account)

    def _is_known(self, account: str, network: str, now: float) -> bool:
        last_at = self._known[account].get(network) if account in self._known else None
        return last_at is not None and now - last_at <= REMEMBER_ADDRESS_S

    def _note_known(self, account: str, network: str, now: float) -> None:
        known = self._known.get(account)
        if known is None:
            known = BoundedDict(MAX_ADDRESSES)
        known[network] = now
        self._known[account] = known


def _pair(account: str, where: tuple[str, ...]) -> str:
    return f"{account} {where[0]}"


def _bounded(rate: Rate, factor: int = 1) -> Buckets:
    return Buckets(rate, factor, BoundedDict(MAX_KEYS))


def _by_network(rate: Rate) -> tuple[Buckets, ...]:
    """In the order of :data:`_FACTORS`; an IPv4 address uses the first."""
    return tuple(_bounded(rate, factor) for factor in _FACTORS)


def _wait(buckets: tuple[Buckets, ...], where: tuple[str, ...], now: float) -> float:
    return max(each.wait(network, now) for each, network in zip(buckets, where, strict=False))


def _take(buckets: tuple[Buckets, ...], where: tuple[str, ...], now: float) -> None:
    for each, network in zip(buckets, where, strict=False):
        each.spend(network, now)
