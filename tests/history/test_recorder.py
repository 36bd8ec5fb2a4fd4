"""Recordings can be read even if the recording process was killed."""

from pathlib import Path

import pytest
import trio

from ..session.node_harness import World
from .entries import FINAL, Begin, End, Entry, Fact, Recording, Saw
from .recorded import recorded
from .recorder import Recorder


@pytest.fixture
async def world(nursery: trio.Nursery) -> World:
    return await World.start(nursery)


def outcomes(entries: list[Entry]) -> list[tuple[str, str, object]]:
    """Return call, outcome and reason of the finished operations."""
    calls = {entry.number: entry.call for entry in entries if isinstance(entry, Begin)}
    return [
        (calls[entry.number], entry.outcome, entry.seen.get("reason"))
        for entry in entries
        if isinstance(entry, End)
    ]


def test_operations_events_and_facts_are_recorded(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with Recorder(path) as recorder:
        recorder.fact("started", port=1)
        alice, again = recorder.process("alice"), recorder.process("alice")
        assert (alice, again) == ("alice#1", "alice#2")
        recorder.operation(alice, "markRead", room="den", seq=2).ok({"readSeq": 2})
        recorder.saw(alice, "newMessage", {"seq": 1})
        recorder.operation(alice, "leaveRoom", room="den").refused("forbidden")
        recorder.operation(alice, "leaveRoom", room="den").refused("internal")
        recorder.operation(alice, "sendMessage", to="bob", text="never answered")
        recorder.fact(FINAL)
    entries = list(Recording((path,)))
    assert outcomes(entries) == [
        ("markRead", "ok", None),
        ("leaveRoom", "fail", "forbidden"),
        ("leaveRoom", "info", "internal"),
    ]
    begun = [entry for entry in entries if isinstance(entry, Begin)]
    assert begun[0].args == {"room": "den", "seq": 2}
    assert begun[3].args == {"to": "bob", "text": "never answered"}
    assert [e.value for e in entries if isinstance(e, Saw)] == [{"seq": 1}]
    assert [(e.what, e.more) for e in entries if isinstance(e, Fact)] == [
        ("started", {"port": 1}),
        ("final", {}),
    ]
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)


def test_recording_refuses_an_existing_file_and_skips_a_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with Recorder(path) as recorder:
        recorder.fact("started")
        recorder.fact("killed")
    with pytest.raises(FileExistsError):
        Recorder(path)
    path.write_bytes(path.read_bytes()[:-5])
    assert [entry.what for entry in Recording((path,)) if isinstance(entry, Fact)] == ["started"]


def test_files_of_several_recorders_are_merged(tmp_path: Path) -> None:
    paths = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    with Recorder(paths[0]) as one, Recorder(paths[1]) as two:
        for text in ("a", "b"):
            for recorder in (one, two):
                recorder.operation("alice#1", "sendMessage", text=text).ok({"seq": 1})
    entries = list(Recording(paths))
    assert [entry.args["text"] for entry in entries if isinstance(entry, Begin)] == [*"aabb"]
    numbers = [entry.number for entry in entries if isinstance(entry, Begin)]
    assert len(set(numbers)) == 4
    assert [entry.number for entry in entries if isinstance(entry, End)] == numbers


async def test_client_is_recorded_in_wire_order(world: World, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with Recorder(path) as recorder:
        async with world.session("alice") as client:
            with recorded(client, recorder, "alice") as alice:
                await alice.call("joinRoom", room="den")
                await alice.call("subscribe", room="den")
                calls = [
                    await alice.begin("sendMessage", room="den", text=text, clientId=text)
                    for text in ("one", "two")
                ]
                for call in calls:
                    await alice.reply(call)
                await alice.begin("editMessage", room="den", seq=9, text="of nothing")
                await client.cut()
    entries = list(Recording((path,)))
    assert {entry.process for entry in entries if isinstance(entry, Begin | Saw)} == {"alice#1"}
    assert outcomes(entries)[-1][:2] == ("editMessage", "info")
    order = [
        (entry.what, entry.value["seq"]) if isinstance(entry, Saw) else entry.seen["seq"]
        for entry in entries
        if (isinstance(entry, Saw) and entry.what == "newMessage")
        or (isinstance(entry, End) and "seq" in entry.seen)
    ]
    assert order.index(1) < order.index(("newMessage", 1)) < order.index(("newMessage", 2))
