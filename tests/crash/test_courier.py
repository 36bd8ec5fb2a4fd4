"""The courier repeats what was not answered, and fails if the server has lost an upload."""

import os
import random
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio

from chatroom.config import FILES_DIRECTORY

from ..client import Answer, Client
from ..files.tus import Sender
from ..session.node_harness import World
from .courier import Courier, Parcel
from .people import Gone
from .tally import Tally

ROOM = "north"


@attrs.define
class Line:
    """The way to a node. It loses the answers to one kind of request.

    :ivar lose: a method of HTTP or of the protocol.
    """

    world: World
    lose: str | None = None

    async def http(self, method: str, path: str, body: object = None, **more: Any) -> Answer:
        answer = await self.world.http(method, path, body, **more)
        if method == self.lose:
            raise trio.BrokenResourceError
        return answer


@attrs.define
class Session:
    """A session over a line."""

    client: Client
    line: Line
    _begun: str = ""

    async def begin(self, method: str, **params: Any) -> int:
        self._begun = method
        return await self.client.begin(method, **params)

    async def reply(self, call_id: Any) -> Any:
        result = await self.client.reply(call_id)
        if self._begun == self.line.lose:
            raise Gone
        return result


@pytest.fixture
async def line(nursery: trio.Nursery, tmp_path: Path) -> Line:
    return Line(await World.start(nursery, data=tmp_path, rate_limits="off"))


@pytest.fixture
async def courier(line: Line) -> Courier:
    token = await line.world.token("c0")
    return Courier("c0", ROOM, line.http, token, random.Random(1), Tally())  # noqa: S311


async def work(courier: Courier, line: Line, lose: str | None = None) -> None:
    """Carry the parcel in a session of its own, until the message is sent.

    :param lose: the request whose lost answer ends the session, see :class:`Line`.
    """
    line.lose = lose
    async with line.world.session("c0") as client:
        me = Session(client, line)
        with pytest.raises(Gone) if lose else nullcontext():
            await courier.work(me, lambda: False)
    line.lose = None


@pytest.mark.parametrize("size", [0, 1, 5_000])
async def test_lost_answers_to_the_last_bytes_and_to_the_message(
    courier: Courier, line: Line, size: int
) -> None:
    courier._parcel = Parcel(1, bytes(size))
    if size:
        await work(courier, line, "PATCH")  # all bytes have arrived
    await work(courier, line, "sendMessage")  # HEAD reported that, and the message was stored
    await work(courier, line)
    assert courier.settled


@pytest.mark.parametrize("size", [0, 1, 5_000])
async def test_an_upload_lost_before_its_message_was_sent_is_found(
    courier: Courier, line: Line, size: int
) -> None:
    courier._parcel = parcel = Parcel(1, bytes(size))
    await work(courier, line, "PATCH" if size else "HEAD")
    sender = Sender(line.world.http, courier.token)
    assert (await sender.request("DELETE", parcel.path or "")).status == 204
    async with line.world.session("c0") as client:
        with pytest.raises(AssertionError, match="status=404"):
            await courier.work(Session(client, line), lambda: False)


async def test_bytes_lost_after_head_reported_them_are_found(
    courier: Courier, line: Line, tmp_path: Path
) -> None:
    courier._parcel = Parcel(1, bytes(600_000))
    await work(courier, line, "PATCH")  # up to 400,000
    await work(courier, line, "PATCH")  # HEAD reported them, and more was sent
    (partial,) = (tmp_path / FILES_DIRECTORY / "partial").glob("*/*")
    os.truncate(partial, 350_000)
    async with line.world.session("c0") as client:
        with pytest.raises(AssertionError, match="350000 of 400000 bytes are left"):
            await courier.work(Session(client, line), lambda: False)
