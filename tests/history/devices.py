"""The device of a user, whose notifications are recorded."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from ..push.devices import Json
from ..push.loopback import LOOPBACK, PushService, push_service
from .notifications import NOTIFIED, NOTIFIES
from .recorder import Recorder

GRACE_MS: Final = 300
OPTIONS: Final = ("--push-grace", str(GRACE_MS / 1000), "--push-allow-private", "on")
"""Options of a server that notifies the device."""


@asynccontextmanager
async def recorded_device(
    recorder: Recorder, user: str, host: str = LOOPBACK
) -> AsyncIterator[PushService]:
    """:param host: the address at which its push service listens."""

    def take(text: Json) -> None:
        recorder.saw(f"{user}#device", NOTIFIED, {"notification": text})

    recorder.fact(NOTIFIES, graceMs=GRACE_MS)
    async with push_service(take=take, host=host) as service:
        yield service
