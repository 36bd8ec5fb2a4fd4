"""Log each failed log-in in one line, for people and for tools such as fail2ban.

Lines are limited per address and in total, so that a flood of failures cannot fill the disk. The
lines left out are counted.
"""

import logging
from collections import Counter
from typing import Final

from ..errors import Refused
from ..limit_settings import Rate
from ..model import is_name
from ..net.addresses import networks_of
from ..net.buckets import BoundedDict, Buckets
from .log_ins import MAX_KEYS

MAX_LINES: Final = Rate(burst=200, per_minute=60)
"""For all addresses together: some 15 MB a day."""
MAX_LINES_PER_ADDRESS: Final = Rate(burst=10, per_minute=6)
_ALL: Final = ""

logger = logging.getLogger(__name__)


class FailedLogIns:
    def __init__(self) -> None:
        self._all = Buckets(MAX_LINES)
        self._addresses = Buckets(MAX_LINES_PER_ADDRESS, full_at=BoundedDict(MAX_KEYS))
        self._left_out = 0
        self.by_reason: Final = Counter({"unauthenticated": 0, "rate_limited": 0})
        """Since the start."""

    def note(self, what: str, name: str, address: str, refused: Refused, now: float) -> None:
        """Log that ``what`` failed, such as a log-in. Only a valid name is logged, so that a name
        cannot forge parts of the line."""
        self.by_reason[refused.reason] += 1
        where = networks_of(address)[-1]
        if self._all.wait(_ALL, now) or self._addresses.wait(where, now):
            self._left_out += 1
            return
        self._all.spend(_ALL, now)
        self._addresses.spend(where, now)
        extra: dict[str, object] = {"address": address, "reason": refused.reason}
        if is_name(name):
            extra["user"] = name
        if self._left_out:
            extra["left_out"] = self._left_out
            self._left_out = 0
        logger.warning("%s failed", what, extra=extra)

    def forget(self, now: float) -> None:
        for buckets in (self._all, self._addresses):
            buckets.forget_full(now)
