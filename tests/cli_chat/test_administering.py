"""Commands on the server in the terminal: admins, audit, invitations, bans."""

import re

import pytest
import trio
from trio.testing import MockClock

from chatroom.cli.chat import server_commands as commands
from chatroom.cli.chat.administering import Administering
from chatroom.cli.chat.state import State
from chatroom.client import Chat, Conflict, Forbidden

from ..python_client.network import Network


@pytest.fixture
async def network(nursery: trio.Nursery, autojump_clock: MockClock) -> Network:
    return await Network.start(nursery, rate_limits="off")


class Typist:
    """Runs commands, and reads the notices."""

    def __init__(self, chat: Chat, room: str | None = "general") -> None:
        self.state = State(chat.user.name, "http://server", users=chat.users)
        self.room = room
        self._administering = Administering(chat, self.state)

    async def run(self, command: commands.ServerCommand) -> list[str]:
        self.state.window.notices.clear()
        await self._administering.run(command, self.room)
        return [notice.text for notice in self.state.window.notices]


async def test_moderators_list_and_link(network: Network) -> None:
    async with network.meet("alice", "bob") as (alice, bob), network.chat("carol") as carol:
        mine = Typist(alice)
        await alice.ban("general", "bob", reason="noise")
        assert await mine.run(commands.ShowSanctions("ban")) == [
            "Banned: 1",
            "@bob, by alice: noise",
        ]
        assert await mine.run(commands.ShowSanctions("mute")) == ["Muted: none"]
        link, end = await mine.run(commands.CreateLink(uses=5, for_s=3600))
        assert (found := re.fullmatch(r"http://server/\?invitation=(\S+)", link))
        assert await Typist(carol).run(commands.AcceptLink(found[1])) == [
            "you have come by the link: /join general"
        ]
        _, listed = await mine.run(commands.ShowLinks())
        assert "to #general by alice, 1 of 5 came, until" in listed
        assert listed.endswith(": carol")
        link_id = end.split()[1]
        assert "not valid any more" in (await mine.run(commands.RevokeLink(link_id)))[0]
        assert "revoked" in (await mine.run(commands.ShowLinks()))[1]
        heard = await Typist(carol).run(commands.ShowAudit())
        assert [line.split(" ", 2)[2] for line in heard[1:]] == [
            "alice: ban #general @bob (reason: noise)",
            f"alice: revokeInvitation #general @alice (id: {link_id})",
        ]
        with pytest.raises(Forbidden):
            await Typist(carol).run(commands.ShowAudit(everywhere=True))
        assert await Typist(bob, None).run(commands.ShowAudit()) == ["no room is open: /join ROOM"]


async def test_admins_administer(network: Network) -> None:
    accounts = network.world.node.accounts
    async with network.meet("alice", "bob") as (alice, _):
        mine = Typist(alice)
        code = await accounts.invitations.offer_admin()
        assert code is not None
        assert await mine.run(commands.AcceptLink(code)) == ["you have come by the link"]
        said = [
            *await mine.run(commands.SetAdmin("bob", admin=True)),
            *await mine.run(commands.SetAdmin("bob", admin=False)),
            *await mine.run(commands.SetDisabled("bob", disabled=True)),
            *await mine.run(commands.SetDisabled("bob", disabled=False)),
            *await mine.run(commands.EnterRoom("general")),
        ]
        assert said == [
            "@bob is an admin of the server",
            "@bob is no admin of the server",
            "@bob cannot log in any more",
            "@bob can log in again",
            "you are an owner of #general: /join general",
        ]
        with pytest.raises(Conflict):
            await mine.run(commands.SetAdmin("alice", admin=False))
        heard = await mine.run(commands.ShowAudit(everywhere=True))
        assert heard[0] == "What was done, newest last: 5"
        assert heard[1].endswith("alice: becomeAdmin @alice")
