"""Admins, the audit and invitations in Python."""

import pytest

from chatroom.client import (
    Conflict,
    Forbidden,
    NotFound,
    ReadOnly,
    ServerChanged,
    accounts,
    connect,
)
from chatroom.model import Announcement, ServerState

from .network import Network, next_of
from .servers import open_site

HORSE = "correct horse"


async def test_an_admin_administers(network: Network) -> None:
    node = network.world.node
    async with network.meet("alice", "bob") as (alice, bob):
        assert alice.server_role == "member"
        code = await node.accounts.invitations.offer_admin()
        assert code is not None
        assert (await alice.accept_invitation(code)).server_role == "admin"
        with pytest.raises(Conflict):
            await alice.set_server_role("alice", "member")
        with pytest.raises(Forbidden):
            await bob.set_server_role("bob", "admin")
        shown = ServerState("Blue House", "#3f6f8f")
        assert await alice.set_server(name=shown.name, accent=shown.accent) == shown
        assert await next_of(bob, ServerChanged) == ServerChanged(shown.name, shown.accent)
        assert (await alice.announce("tea at five", until=1 << 50)).announcement is not None
        told = (await next_of(bob, ServerChanged)).announcement
        assert told is not None
        assert told == Announcement(told.at, "tea at five", 1 << 50)
        await alice.announce("")
        assert (await alice.set_server(read_only="we move")).read_only == "we move"
        with pytest.raises(ReadOnly, match="we move"):
            await bob.create_room("yard", "public")
        await alice.set_server(read_only="")
        await alice.set_server_role("bob", "admin")
        await bob.set_server_role("alice", "member")
        with pytest.raises(Forbidden):
            await alice.disable_account("bob")
        await network.world.token("carol")
        await bob.disable_account("carol")
        await bob.enable_account("carol")
        page = await bob.list_audit(limit=2)
        assert [(e.act, e.by, e.user) for e in page.entries] == [
            ("enableAccount", "bob", "carol"),
            ("disableAccount", "bob", "carol"),
        ]
        page = await bob.list_audit(after=page.next)
        assert [e.act for e in page.entries] == [
            *("setServerRole", "setServerRole", "setServer", "setServer", "announce"),
            *("announce", "setServer", "becomeAdmin"),
        ]
        await alice.create_room("den", "private")
        await alice.leave("den")
        assert (await bob.enter_room("den")).role == "owner"


async def test_moderators_list_what_holds(network: Network) -> None:
    async with network.meet("alice", "bob", "carol") as (alice, *_):
        await alice.ban("general", "bob", reason="noise")
        await alice.mute("general", "carol", until=1 << 50)
        [ban] = (await alice.list_bans("general")).sanctions
        assert (ban.user.name, ban.by, ban.reason, ban.until) == ("bob", "alice", "noise", None)
        [mute] = (await alice.list_mutes("general")).sanctions
        assert (mute.user.name, mute.until) == ("carol", 1 << 50)
        entries = (await alice.list_audit("general")).entries
        assert [(e.act, e.user, e.details) for e in entries] == [
            ("mute", "carol", '{"until":1125899906842624}'),
            ("ban", "bob", '{"reason":"noise"}'),
        ]


async def test_people_come_by_links() -> None:
    async with open_site(signup="invite") as site:
        url = site.url
        first = await site.world.node.accounts.invitations.offer_admin()
        with pytest.raises(Forbidden):
            await accounts.sign_up(url, "alice", HORSE)
        token = await accounts.sign_up(url, "alice", HORSE, invitation=first)
        async with connect(url, token) as alice:
            assert alice.server_role == "admin"
            await alice.create_room("den", "private")
            both = await alice.create_invitation("den", server=True, max_uses=1)
            other = await accounts.sign_up(url, "bob", HORSE, invitation=both.code)
            async with connect(url, other) as bob:
                assert [room.room for room in bob.inbox.rooms] == ["den"]
                with pytest.raises(NotFound):
                    await bob.accept_invitation("unknown")
            [listed] = (await alice.list_invitations("den")).invitations
            assert (listed.id, listed.uses, listed.users) == (both.id, 1, ("bob",))
            await alice.revoke_invitation(both.id)
            assert (await alice.list_invitations()).invitations[0].revoked_at is not None
