"""Two servers on one database, as processes. One is frozen, the other one killed."""

import signal
from contextlib import ExitStack
from pathlib import Path

import trio

from ..client import DEADLINE_S
from ..history.checker import check
from ..history.entries import FINAL, Recording
from ..history.recorded import Recorded
from ..history.recorder import Recorder
from ..history.workload import Person, read_all, talk, together
from ..server.process import Server

ROOM = "general"


async def test_people_on_two_servers_lose_nothing(tmp_path: Path, empty_database: str) -> None:
    record = tmp_path / "record.jsonl"
    options = "--rate-limits", "off", "--database", empty_database
    with ExitStack() as stack:
        recorder = stack.enter_context(Recorder(record))
        one, two = (
            stack.enter_context(Server(_directory(tmp_path / name), *options).running())
            for name in ("one", "two")
        )
        nodes = [(await each.http("GET", "/healthz")).json["node"] for each in (one, two)]
        assert len(set(nodes)) == 2
        await _live(one, two, recorder)
        assert await two.stop() == 0
    found = [str(fault) for fault in check(Recording((record,)))]
    assert not found, "\n".join(found)


def _directory(path: Path) -> Path:
    path.mkdir()
    return path


async def _see_each_other(me: Recorded) -> None:
    """Wait until a node has heard who is online at the other one."""
    with trio.fail_after(DEADLINE_S):
        while await _online(me) != ["alice", "bob"]:  # noqa: ASYNC110 - news of it comes
            await trio.sleep(0.05)


async def _online(me: Recorded) -> object:
    return (await me.call("subscribe", room=ROOM))["online"]["users"]


async def _live(one: Server, two: Server, recorder: Recorder) -> None:
    alice, bob = (
        Person("alice", await one.sign_up("alice")),
        Person("bob", await two.sign_up("bob")),
    )
    async with together(one, recorder, [alice]) as (at_one,):
        async with together(two, recorder, [bob]) as (at_two,):
            for me in (at_one, at_two):
                await me.call("joinRoom", room=ROOM)
                await me.call("subscribe", room=ROOM)
            await _see_each_other(at_two)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(talk, alice, at_one)
                nursery.start_soon(talk, bob, at_two)
            # It holds no lock that others wait for.
            two.send_signal(signal.SIGSTOP)
            waiting = await at_two.begin("sendMessage", **bob.next(room=ROOM))
            await talk(alice, at_one)
            two.send_signal(signal.SIGCONT)
            await at_two.reply(waiting)
        last = alice.next(room=ROOM)
        await at_one.begin("sendMessage", **last)
        await one.kill()
    async with together(two, recorder, [alice, bob]) as sessions:
        await alice.send(sessions[0], last)
        recorder.fact(FINAL)
        await read_all(sessions)
