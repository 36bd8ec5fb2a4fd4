"""What only the memory store has: commits that a test can hold back."""

import trio
import trio.testing

from chatroom.store.memory import MemoryStore

from .room_log import Talk


async def test_commits_are_held_back(autojump_clock: trio.testing.MockClock) -> None:
    store = MemoryStore(epoch="e-1", commit_delay=2)
    assert store.epoch == "e-1"
    talk = Talk(store)
    before = trio.current_time()
    await talk.make("alice")
    assert trio.current_time() - before == 2
    with trio.move_on_after(1):
        await talk.post("alice")
    assert list((await store.page("lobby", 9)).messages) == talk.messages()
    assert trio.current_time() - before == 3
