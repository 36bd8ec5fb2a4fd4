"""Nothing that was acknowledged is lost in a power cut.

A real server runs under ``strace`` with clients on real sockets: :mod:`.recording`. The trace has
each write, sync and reply. :mod:`.disk` gives the possible contents of the disk at each line of the
trace. Each such directory is opened as a server opens it, and compared with all facts told by then:
:mod:`.verification`.

    POWER_POINTS=20000 POWER_MESSAGES=6000 POWER_SEED=7 pytest -s tests/power/test_power_loss.py

runs longer, with a progress bar. ``POWER_SERVERS`` is the number of points at which ``chatroom
serve`` itself is started. ``POWER_RECORD=DIRECTORY`` uses a recording that a failure has left.
"""

import hashlib
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
import pytest

from ..client import Client, Json
from ..files.tus import Sender
from ..server.process import running
from .campaign import Campaign, Cut, Point, places, points, summary
from .disk import Disk, files_in
from .observations import FileSent, Ledger, MessageState
from .operations import SHARED
from .recording import FILES, Recording
from .settings import POINTS, SEED, SERVERS

pytestmark = pytest.mark.long(50)

AGAIN: Final = 40
"""Messages that each client sends again to each server."""


def test_trace_reproduces_the_files(recording: Recording, recorded: Path) -> None:
    """The trace is complete, and the model covers everything that the server does."""
    disk = Disk(recording.operations)
    disk.play(recording.lines)
    left = disk.cut(random.Random(SEED), "everything")  # noqa: S311 - to be repeated
    kept = {name: left[name] for name in left if not name.endswith(SHARED)}
    assert kept == files_in(recorded / "data")


def test_recording_covers_the_interesting_places(recording: Recording) -> None:
    found = places(recording)
    assert all(found.values()), {place: len(lines) for place, lines in found.items()}
    # Three lines around each restart of the WAL, of which there are several, after checkpoints.
    assert len(found["wal reset"]) > 5 * 3
    assert len(recording.starts) == 3
    assert recording.killed_at_sync
    files = {fact.upload for _, fact in recording.facts if isinstance(fact, FileSent)}
    assert len(files) == FILES + 1


def test_nothing_acknowledged_is_lost(recording: Recording, place: Path) -> None:
    campaign = Campaign(recording, place / "data")
    cuts = cut_all(campaign, points(recording, POINTS, SEED))
    print(summary(cuts))  # noqa: T201
    assert not [cut for cut in cuts if cut.problems]
    assert sum(cut.told > 0 for cut in cuts) > POINTS * 0.8


def test_power_cut_at_every_step_of_the_first_start(recording: Recording, place: Path) -> None:
    """From before the database is complete up to the first account."""
    lines = {line for line in places(recording)["start"] if line < recording.starts[1]}
    campaign = Campaign(recording, place / "data")
    cuts = cut_all(
        campaign,
        [
            Point(line, "start", mood, f"{SEED} {line}")
            for line in sorted(lines)
            for mood in ("nothing", "mixed")
        ],
    )
    print(summary(cuts))  # noqa: T201
    assert not [cut for cut in cuts if cut.problems]


def cut_all(campaign: Campaign, chosen: Sequence[Point]) -> list[Cut]:
    cuts = []
    with click.progressbar(chosen, label="power cuts", width=0) as bar:
        for point in bar:
            cuts.append(campaign.cut(point))  # noqa: PERF401 - the bar moves
    return cuts


async def test_server_continues_after_a_power_cut(recording: Recording, place: Path) -> None:
    """``chatroom serve`` starts on what is left. Clients find everything, retries of acknowledged
    messages are duplicates, and seqs continue."""
    chosen = points(recording, SERVERS, SEED + 1)
    campaign = Campaign(recording, place / "data")
    for point in chosen:
        print(point)  # noqa: T201
        campaign.lay_out(point)
        with running(place, "--log-level", "warning") as server:
            for name, token in campaign.ledger.tokens.items():
                async with server.session(token) as client:
                    await ask_for_everything(client, name, campaign.ledger)
                    await read_files(client, Sender(server.http, token), campaign)
                    await send_again(client, name, campaign)
            assert await server.stop() == 0
    assert campaign.ledger.messages
    assert campaign.ledger.files


async def ask_for_everything(client: Client, name: str, ledger: Ledger) -> None:
    rooms = {entry["room"]: entry for entry in client.connected["inbox"]["rooms"]}
    for (user, room), seq in ledger.cursors.items():
        if user == name:
            assert rooms[room]["readSeq"] >= seq
    for room in rooms:
        log: list[Json] = []
        more = True
        while more:
            page = await client.call("getHistory", room=room, after=len(log), limit=200)
            log += page["messages"]
            more = page["hasMoreAfter"]
        assert [message["seq"] for message in log] == list(range(1, page["headSeq"] + 1))
        for stated in in_room(ledger, room):
            message = log[stated.seq - 1]
            assert message["rev"] >= stated.rev
            if message["rev"] == stated.rev:
                assert message["text"] == stated.text


async def read_files(client: Client, reader: Sender, campaign: Campaign) -> None:
    rooms = {entry["room"] for entry in client.connected["inbox"]["rooms"]}
    for file in campaign.ledger.files:
        if file.room in rooms:
            links = await client.call("getFile", room=file.room, seq=file.seq, id=file.upload)
            answer = await reader.get(links["url"])
            assert answer.status == 200
            assert hashlib.sha256(answer.body).hexdigest() == campaign.examiner.digest(file)


async def send_again(client: Client, name: str, campaign: Campaign) -> None:
    mine = [stated for stated in campaign.ledger.messages.values() if stated.sender == name]
    for stated in mine[-AGAIN:]:
        assert stated.client_id is not None
        place = {"to": "alice"} if stated.room.startswith("@") else {"room": stated.room}
        params: Json = {**place, "text": campaign.examiner.posted(name, stated.client_id)}
        if files := campaign.ledger.files_in(stated.room, stated.seq):
            params["attachments"] = [file.upload for file in files]
        sent = await client.call("sendMessage", **params, clientId=stated.client_id)
        assert (sent["seq"], sent["duplicate"]) == (stated.seq, True)
    for room in {stated.room for stated in mine if not stated.room.startswith("@")}:
        head = (await client.call("getHistory", room=room, limit=1))["headSeq"]
        sent = await client.call("sendMessage", room=room, text="and on", clientId=f"{room} on")
        assert (sent["seq"], sent["duplicate"]) == (head + 1, False)


def in_room(ledger: Ledger, room: str) -> list[MessageState]:
    return [stated for stated in ledger.messages.values() if stated.room == room]
