"""Limits of log-ins, sign-ups and unknown tokens. Pure: the time is an argument.

- Failures per address. The larger IPv6 networks around it have larger buckets.
- Failures per account by strangers, over all addresses together.
- Attempts per account and address. After some failures each further one doubles a delay.

An address is known to an account after a log-in or a valid token from there. A known address is
limited only by its own attempts, so failures of others do not lock out the owner. Failures and
known addresses at other nodes count too, as far as they are told of. All state is in memory
and bounded. A restart clears it; a flood of names or addresses evicts the least recently used
entries.
"""

from typing import Final

import attrs

from ..config import Config
from ..errors import rate_limited
from ..limit_settings import Rate
from ..net.addresses import networks_of
from ..net.buckets import BoundedDict, Buckets

FREE_FAILURES: Final = 3
"""Failures of an account from one address before the delay begins."""
MAX_KNOWN_DELAY_S: Final = 30
"""Maximum delay for a known address, so that an owner sharing it with an attacker gets in."""
FAILURES_TTL_S: Final = 3600
KNOWN_ADDRESS_TTL_S: Final = 30 * 24 * 3600
MAX_ADDRESSES: Final = 20
"""Known addresses per account."""
MAX_KEYS: Final = 50_000
"""Entries per table: accounts, addresses or pairs of them."""
_FACTORS: Final = (1, 4, 16)
"""Relative size of the buckets, in the order of :func:`.networks_of`."""


@attrs.frozen
class Attempt:
    """A log-in in progress. ``known``: the account was used from this address before."""

    account: str
    networks: tuple[str, ...]
    known: bool


@attrs.frozen
class _Failures:
    count: int
    last_at: float

    def wait(self, max_delay_s: float, now: float) -> float:
        """Seconds until the next attempt."""
        if self.count < FREE_FAILURES:
            return 0
        delay = min(2.0 ** min(self.count - FREE_FAILURES, 60), max_delay_s)
        return max(self.last_at + delay - now, 0)


class LogIns:
    """All limits of log-ins. With ``rate_limits`` off, nothing is refused."""

    def __init__(self, config: Config) -> None:
        rates = config.rates
        self._on = config.rate_limits == "on"
        self._max_delay_s = config.log_in_delay_s
        self._addresses = _by_network(rates.log_in)
        self._tokens = _by_network(rates.unknown_tokens)
        self._calls = _by_network(rates.account)
        self._accounts = _bounded(rates.log_in_account)
        self._pairs = _bounded(rates.log_in)
        self._failures: BoundedDict[str, _Failures] = BoundedDict(MAX_KEYS)
        self._known: BoundedDict[str, BoundedDict[str, float]] = BoundedDict(MAX_KEYS)

    # ---- passwords

    def begin(self, account: str, address: str, now: float) -> Attempt:
        """Begin an attempt. It counts as failed until :meth:`succeeded` or :meth:`withdrawn` is
        called, so concurrent attempts are limited too.

        :raises Refused: ``rate_limited``; nothing is charged.
        """
        networks = networks_of(address)
        pair = _pair(account, networks)
        known = self._is_known(account, networks[0], now)
        failures = self._failures_of(pair, now)
        max_delay_s = min(self._max_delay_s, MAX_KNOWN_DELAY_S) if known else self._max_delay_s
        wait = max(self._pairs.wait(pair, now), failures.wait(max_delay_s, now))
        if not known:
            wait = max(
                wait,
                _longest_wait(self._addresses, networks, now),
                self._accounts.wait(account, now),
            )
        self._refuse(wait)
        attempt = Attempt(account, networks, known)
        self._charge(attempt, now)
        return attempt

    def failed_elsewhere(self, account: str, address: str, now: float) -> None:
        """Count an attempt that has failed at another node, as one of this node."""
        networks = networks_of(address)
        self._charge(Attempt(account, networks, self._is_known(account, networks[0], now)), now)

    def known_elsewhere(self, account: str, address: str, now: float) -> None:
        """Note that the account was used from the address, at another node."""
        networks = networks_of(address)
        self._failures.pop(_pair(account, networks), None)
        self._note_known(account, networks[0], now)

    def succeeded(self, attempt: Attempt, now: float) -> None:
        """Refund the address's and the account's buckets. The bucket of the account at this address
        stays charged, since a log-in costs a hash."""
        self._refund(attempt)
        self._failures.pop(_pair(attempt.account, attempt.networks), None)
        self._note_known(attempt.account, attempt.networks[0], now)

    def withdrawn(self, attempt: Attempt) -> None:
        """Refund everything: the password was not checked."""
        pair = _pair(attempt.account, attempt.networks)
        self._refund(attempt)
        self._pairs.refund(pair)
        if (failures := self._failures.get(pair)) is not None:
            self._failures[pair] = attrs.evolve(failures, count=max(failures.count - 1, 0))

    def spend_sign_up(self, address: str, now: float) -> None:
        """:raises Refused: ``rate_limited``"""
        networks = networks_of(address)
        self._refuse(_longest_wait(self._addresses, networks, now))
        _spend(self._addresses, networks, now)

    def spend_call(self, account: str, address: str, now: float) -> None:
        """Count a request of the account about itself. The limit is per address: the thief of a
        token cannot use up the owner's requests, with which the owner revokes it.

        :raises Refused: ``rate_limited``
        """
        networks = tuple(f"{account} {network}" for network in networks_of(address))
        self._refuse(_longest_wait(self._calls, networks, now))
        _spend(self._calls, networks, now)

    # ---- tokens

    def begin_token(self, address: str, now: float) -> None:
        """Charge the look-up of a token that may be unknown.

        :raises Refused: ``rate_limited``
        """
        networks = networks_of(address)
        self._refuse(_longest_wait(self._tokens, networks, now))
        _spend(self._tokens, networks, now)

    def used_token(self, account: str, address: str, now: float, *, began: bool) -> bool:
        """Note the use of a valid token. ``began``: :meth:`begin_token` was called for it.

        Returns whether the address was not known to the account.
        """
        networks = networks_of(address)
        if began:
            for buckets, network in zip(self._tokens, networks, strict=False):
                buckets.refund(network)
        known = self._is_known(account, networks[0], now)
        self._note_known(account, networks[0], now)
        return not known

    # ---- for housekeeping

    def forget(self, now: float) -> None:
        """Drop full buckets and old failures. Called periodically."""
        for buckets in (*self._addresses, *self._tokens, *self._calls, self._accounts, self._pairs):
            buckets.forget_full(now)
        old = now - FAILURES_TTL_S
        while self._failures and next(iter(self._failures.values())).last_at < old:
            self._failures.popitem(last=False)

    # ---- inside

    def _refuse(self, wait_s: float) -> None:
        if self._on and wait_s > 0:
            raise rate_limited(wait_s)

    def _charge(self, attempt: Attempt, now: float) -> None:
        pair = _pair(attempt.account, attempt.networks)
        self._pairs.spend(pair, now)
        if not attempt.known:
            _spend(self._addresses, attempt.networks, now)
            self._accounts.spend(attempt.account, now)
        self._failures[pair] = _Failures(self._failures_of(pair, now).count + 1, now)

    def _failures_of(self, pair: str, now: float) -> _Failures:
        failures = self._failures.get(pair)
        if failures is None or now - failures.last_at > FAILURES_TTL_S:
            return _Failures(0, now)
        return failures

    def _refund(self, attempt: Attempt) -> None:
        if not attempt.known:
            for buckets, network in zip(self._addresses, attempt.networks, strict=False):
                buckets.refund(network)
            self._accounts.refund(attempt.account)

    def _is_known(self, account: str, network: str, now: float) -> bool:
        last_at = self._known[account].get(network) if account in self._known else None
        return last_at is not None and now - last_at <= KNOWN_ADDRESS_TTL_S

    def _note_known(self, account: str, network: str, now: float) -> None:
        known = self._known.get(account)
        if known is None:
            known = BoundedDict(MAX_ADDRESSES)
        known[network] = now
        self._known[account] = known


def _pair(account: str, networks: tuple[str, ...]) -> str:
    return f"{account} {networks[0]}"


def _bounded(rate: Rate, factor: int = 1) -> Buckets:
    return Buckets(rate, factor, BoundedDict(MAX_KEYS))


def _by_network(rate: Rate) -> tuple[Buckets, ...]:
    """One table per entry of :data:`_FACTORS`. An IPv4 address uses only the first."""
    return tuple(_bounded(rate, factor) for factor in _FACTORS)


def _longest_wait(buckets: tuple[Buckets, ...], networks: tuple[str, ...], now: float) -> float:
    return max(each.wait(network, now) for each, network in zip(buckets, networks, strict=False))


def _spend(buckets: tuple[Buckets, ...], networks: tuple[str, ...], now: float) -> None:
    for each, network in zip(buckets, networks, strict=False):
        each.spend(network, now)
