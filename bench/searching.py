"""Searches in a large database, which the server has indexed itself; its backup and its check."""

import itertools
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import trio

from .load import Clock, Result, close, connect, quantiles
from .peer import Peer
from .prepared import person, prepare
from .server import CHATROOM, directory, running

ROOMS: Final = 1000
WORDS: Final = 50_000
SYLLABLES: Final = ("ba", "de", "ti", "lo", "mu", "ra", "ne", "so", "ka", "pi", "ing", "on", "er")
CHARACTERS: Final = 3000
FIRST_CHARACTER: Final = 0x4E00
WITH_CHARACTERS: Final = 0.1
"""The part of the messages that is in Chinese characters."""
WAYS: Final = (
    *("common", "rare", "prefix", "letter", "common pair", "mixed pair", "phrase"),
    *("character", "two characters"),
)
"""How words are chosen for a query."""


async def searches(*, messages: int, seconds: float) -> Result:
    """Wait until the server has indexed all messages. Then search, one call at a time, as a member
    of all rooms and as one of three small rooms, by turns. At last, back up and check the database
    while the server runs."""
    talk = Talk()
    rooms = min(ROOMS, messages // 10)
    each = messages // rooms
    with directory() as data:
        setup_s = await prepare(
            data,
            people=2,
            rooms=rooms,
            members=lambda number: (0, 1) if number < 3 else (0,),
            messages=each,
            indexed=False,
            # Everybody writes once in a round of a second for each room.
            say=lambda number, seq: (talk.text(), ((each - seq) * rooms + number) * 1000),
        )
        async with running(CHATROOM, data) as server:
            tokens = await server.tokens([person(0), person(1)])
            [everybody] = await connect(server, tokens[:1])
            began = time.monotonic()
            while (await everybody.call("searchMessages", query=talk.words[0]))["pending"]:  # noqa: ASYNC110
                await trio.sleep(0.5)
            index_s = time.monotonic() - began
            [guest] = await connect(server, tokens[1:])
            clock = Clock(server)
            times = await _measured(talk, {"all": everybody, "3": guest}, seconds)
            stretch = clock.stop()
            close([everybody, guest])
            with directory() as other:
                backup_s = await _seconds_of("backup", str(other / "copy.db"), data=data)
                copied = (other / "copy.db").stat().st_size
            check_s = await _seconds_of("check", data=data)
    count = sum(map(len, times.values()))
    figures = {
        **quantiles([each for found in times.values() for each in found]),
        "CPU ms each": stretch.theirs / count * 1000,
        **{f"p99 ms, {what}": quantiles(found)["p99 ms"] for what, found in times.items()},
    }
    return stretch.result(
        {
            **figures,
            "indexed/s": rooms * each / index_s,
            "setup s": setup_s,
            "MB": copied / 1e6,
            "backup s": backup_s,
            "check s": check_s,
        }
    )


async def _seconds_of(*command: str, data: Path) -> float:
    """Run a command of chatroom on a data directory."""
    began = time.monotonic()
    arguments = [sys.executable, "-m", "chatroom.cli", *command, "--data", str(data)]
    await trio.run_process(arguments, stdout=subprocess.DEVNULL)
    return time.monotonic() - began


async def _measured(talk: "Talk", peers: dict[str, Peer], seconds: float) -> dict[str, list[float]]:
    """Return the seconds of the searches, by their kind and who searched. There are two of each at
    least."""
    times: dict[str, list[float]] = {}
    kinds = [(who, way) for way in WAYS for who in peers]
    end = time.monotonic() + seconds
    for number, (who, way) in enumerate(itertools.cycle(kinds)):
        if number >= 2 * len(kinds) and time.monotonic() > end:
            break
        query = talk.query(way)
        began = time.monotonic()
        await peers[who].call("searchMessages", query=query)
        times.setdefault(f"{way}, {who}", []).append(time.monotonic() - began)
    return times


class Talk:
    """Texts of words and characters whose frequencies follow Zipf's law, as those of languages
    do."""

    def __init__(self) -> None:
        self._choose = random.Random(1)  # noqa: S311 - the same each time
        self.words = self._words()
        self.characters = [chr(FIRST_CHARACTER + number) for number in range(CHARACTERS)]
        self._word_weights = _weights(len(self.words))
        self._character_weights = _weights(len(self.characters))

    def _words(self) -> Sequence[str]:
        words: dict[str, None] = {}
        while len(words) < WORDS:
            count = self._choose.choice((1, 2, 2, 3, 3, 4, 5))
            words["".join(self._choose.choices(SYLLABLES, k=count))] = None
        return list(words)

    def text(self) -> str:
        choose, count = self._choose, self._choose.randint(3, 20)
        if choose.random() < WITH_CHARACTERS:
            weights = self._character_weights
            return "".join(choose.choices(self.characters, cum_weights=weights, k=2 * count))
        return " ".join(choose.choices(self.words, cum_weights=self._word_weights, k=count))

    def query(self, way: str) -> str:
        choose = self._choose
        match way:
            case "common":
                return choose.choice(self.words[:100])
            case "rare":
                return choose.choice(self.words[10_000:])
            case "prefix":
                return choose.choice(self.words[100:])[:3]
            case "letter":
                return choose.choice("bdtlmrnskpioe")
            case "common pair":
                return " ".join(choose.choices(self.words[:100], k=2))
            case "mixed pair":
                return f"{self.query('common')} {self.query('rare')}"
            case "phrase":
                return f'"{" ".join(choose.choices(self.words[:20], k=2))}"'
            case "character":
                return choose.choice(self.characters)
            case _:
                return "".join(choose.choices(self.characters[:300], k=2))


def _weights(count: int) -> Sequence[float]:
    """Return the cumulated weights of so many words, from the most frequent on."""
    return list(itertools.accumulate(1 / (rank + 2) for rank in range(count)))
