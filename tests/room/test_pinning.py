from pathlib import Path

from chatroom.protocol import calls

from ..builders import open_house, reason
from ..store.room_log import opened


async def test_pinned_message_is_shown_as_pinned(tmp_path: Path) -> None:
    async with opened(tmp_path) as store, open_house(store) as house:
        alice, bob = await house.meet("lobby", "alice", "bob")
        await alice.send("lobby")
        await bob.subscribe("lobby")
        assert reason(await bob.ask("lobby", calls.PinMessage, 1)) == "forbidden"
        assert reason(await alice.ask("lobby", calls.PinMessage, 2)) == "not_found"
        assert (await alice.ask("lobby", calls.PinMessage, 1)).rev == 2
        await house.settle()
        assert bob.events("messageChanged")[0]["pinned"] is True
        page = await bob.ask("lobby", calls.GetHistory)
        assert page.messages[0].pinned
        assert (await store.page("lobby", 5, asker="bob")).messages[0].pinned
