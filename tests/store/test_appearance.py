"""The server's name and colour, as admins set them."""

from chatroom.model import Account, Appearance
from chatroom.store.administration import Act
from chatroom.store.store import Store

DEFAULT = Appearance("chatroom", "#000000")
ALICE = Account("alice", "Alice", None, 1)


async def test_what_is_not_set_is_as_in_the_settings(store: Store) -> None:
    await store.add_accounts([ALICE])
    assert await store.appearance(DEFAULT) == DEFAULT
    act = Act(1, "alice")
    assert await store.set_appearance("Blue House", None, DEFAULT, act) is None  # no admin
    await store.set_server_role("alice", "admin", Act(1))
    named = Appearance("Blue House", "#000000")
    assert await store.set_appearance("Blue House", None, DEFAULT, act) == named
    assert await store.set_appearance("Blue House", None, DEFAULT, act) == named
    assert await store.set_appearance(None, "", DEFAULT, act) == named
    assert await store.set_appearance("", "#ffffff", DEFAULT, Act(2)) == Appearance(
        "chatroom", "#ffffff"
    )
    assert await store.appearance(Appearance("other")) == Appearance("other", "#ffffff")
    page = await store.audit("alice", None, None, 9)
    # What changes nothing is not in the audit.
    assert [(e.act, e.by, e.details) for e in page.entries if e.act == "setServer"] == [
        ("setServer", None, '{"accent":"#ffffff","name":""}'),
        ("setServer", "alice", '{"name":"Blue House"}'),
    ]
