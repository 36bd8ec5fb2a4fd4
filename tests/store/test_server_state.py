"""The server's state, as admins set it."""

from chatroom.model import Account, Announcement, ServerState
from chatroom.store.administration import Act, ServerChange
from chatroom.store.store import Store

DEFAULT = ServerState("chatroom", "#000000")
ALICE = Account("alice", "Alice", None, 1)


async def test_what_is_not_set_is_as_in_the_settings(store: Store) -> None:
    await store.add_accounts([ALICE])
    assert await store.server_state(DEFAULT) == DEFAULT
    act, name = Act(1, "alice"), ServerChange("Blue House")
    assert await store.set_server(name, DEFAULT, act) is None  # no admin
    assert await store.announce("tea", None, DEFAULT, act) is None
    await store.set_server_role("alice", "admin", Act(1))
    named = ServerState("Blue House", "#000000")
    assert await store.set_server(name, DEFAULT, act) == named
    assert await store.set_server(name, DEFAULT, act) == named
    assert await store.set_server(ServerChange(accent=""), DEFAULT, act) == named
    coloured = ServerState("chatroom", "#ffffff")
    assert await store.set_server(ServerChange("", "#ffffff"), DEFAULT, Act(2)) == coloured
    other = ServerState("other", "#ffffff")
    assert await store.server_state(ServerState("other")) == other
    assert (await store.set_server(ServerChange(read_only="we move"), other, act)) == ServerState(
        "other", "#ffffff", "we move"
    )
    assert (await store.set_server(ServerChange(read_only=""), other, act)) == other
    page = await store.audit("alice", None, None, 9)
    # What changes nothing is not in the audit.
    assert [(e.act, e.by, e.details) for e in page.entries if e.act == "setServer"] == [
        ("setServer", "alice", '{"readOnly":""}'),
        ("setServer", "alice", '{"readOnly":"we move"}'),
        ("setServer", None, '{"accent":"#ffffff","name":""}'),
        ("setServer", "alice", '{"name":"Blue House"}'),
    ]


async def test_one_announcement_replaces_the_other(store: Store) -> None:
    first = await store.announce("tea", None, DEFAULT, Act(5))
    assert first is not None
    assert first.announcement == Announcement(5, "tea")
    second = await store.announce("cake", 99, DEFAULT, Act(5))
    # Another time, so that who dismissed the first one sees it.
    assert second == ServerState("chatroom", "#000000", None, Announcement(6, "cake", 99))
    assert await store.server_state(DEFAULT) == second
    assert (second.at(98), second.at(99)) == (second, DEFAULT)
    for _ in range(2):
        assert await store.announce("", None, DEFAULT, Act(7)) == DEFAULT
    await store.add_accounts([ALICE])
    await store.set_server_role("alice", "admin", Act(8))
    page = await store.audit("alice", None, None, 9)
    assert [e.details for e in page.entries if e.act == "announce"] == [
        '{"text":""}',
        '{"text":"cake","until":99}',
        '{"text":"tea"}',
    ]
