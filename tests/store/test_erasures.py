"""Accounts that are erased, and where they have left something."""

import pytest

from chatroom.model import Account, PushEndpoint, Settings, Status, Token
from chatroom.store.administration import Act, Denial
from chatroom.store.events import MemberMuted
from chatroom.store.store import Store

from ..stored_uploads import PICTURE, add_upload
from .room_log import UP, StoredRoom

ALICE = Account("alice", "Alice A.", "argon2 of something", 5, role="admin")
BOB = Account("bob", "Bob", None, 6)


async def test_what_is_outside_of_rooms_goes_at_once(store: Store) -> None:
    await store.add_accounts([ALICE, BOB], [Token(b"one", "alice", 1, 100, "id1")])
    avatar = await add_upload(store, "alice", 0, *PICTURE)
    waiting = await add_upload(store, "alice", 1)
    await store.set_profile("alice", None, Status("busy"), avatar)
    await store.set_settings("alice", Settings('{"theme":"dark"}'), None)
    await store.set_blocked("alice", "bob", 1, maximum=9)
    endpoint = PushEndpoint("alice", "https://push.example/1", "key", "secret", "id1", 7)
    await store.add_push_endpoint(endpoint, "push.example", maximum=9)
    assert await store.erase_account("alice", Act(70, "alice")) == "conflict"  # the last admin
    number = await store.last_account_news()
    assert await store.erase_account("alice", Act(70)) is None
    assert await store.account("alice") == Account(
        "alice", "alice", None, 5, disabled=True, erased_at=70
    )
    assert await store.token(b"one") is None
    assert await store.upload(waiting) is None
    assert await store.avatars("bob", None, ["alice"]) == []
    [profile] = (await store.known_people("bob", None, ["alice"])).people
    assert (profile.status, profile.avatar) == (None, None)
    assert (await store.find_people("bob", None, None, "", 9)).people[0].name == "bob"
    assert (await store.settings("alice")).settings == "{}"
    assert await store.push_endpoint("alice", endpoint.url) is None
    assert await store.blocked("alice", "", 9) == []
    assert {news.kind for news in await store.account_news(number, 9)} == {"profile", "access"}
    assert await store.erasures("", 9) == ["alice"]
    assert await store.erasures("alice", 9) == []
    await store.forget_erasure("alice")
    assert await store.erasures("", 9) == []
    assert await store.add_accounts([ALICE]) == set()
    for act in (store.set_disabled("alice", False, Act(71)), store.erase_account("alice", Act(71))):
        assert await act == "erased"


@pytest.mark.parametrize(
    ("by", "name", "denial"),
    [
        (None, "bob", None),
        ("alice", "bob", None),
        ("bob", "bob", "forbidden"),
        ("bob", "alice", "forbidden"),
        (None, "nobody", "not_found"),
    ],
)
async def test_who_may_erase_whom(
    store: Store, by: str | None, name: str, denial: Denial | None
) -> None:
    await store.add_accounts([ALICE, BOB])
    assert await store.erasure_denial(name, Act(1, by)) == denial
    assert await store.erase_account(name, Act(1, by)) == denial
    audit = (await store.audit("alice", None, None, 9)).entries
    assert [(entry.act, entry.by, entry.user) for entry in audit] == (
        [] if denial else [("eraseAccount", by, name)]
    )
    if by == name:
        assert await store.erase_account(name, Act(1, by), own=True) is None


async def test_rooms_with_something_of_a_person(store: Store, small_spans: int) -> None:
    await store.add_accounts([ALICE, BOB])

    async def room(name: str) -> StoredRoom:
        made = StoredRoom(store, name)
        await made.make("alice", "bob")
        return made

    await (await room("a-member")).leave("alice")
    for name, seqs in (("b-first", small_spans), ("c-last", 0), ("d-pruned", small_spans)):
        made = await room(name)
        await made.talk("bob", 1 if seqs else small_spans)
        await made.post("alice")
        await made.talk("bob", seqs)
        if name == "d-pruned":
            await made.prune(1)
        await made.leave("alice")
    thread = await room("e-thread")
    await thread.talk("bob", 1)
    await thread.post("alice", thread=1)
    await thread.talk("bob", 2 * small_spans)
    await thread.leave("alice")
    reacted = await room("f-reacted")
    await reacted.talk("bob", 1)
    await reacted.react("alice", 1)
    await reacted.leave("alice")
    assert await store.reacted_by("f-reacted", "alice", 9) == ((1, UP),)
    muted = await room("g-muted")
    await muted.commit_and_apply(MemberMuted("alice", "bob", 1))
    await muted.leave("alice")
    await room("h-member")
    found = ["b-first", "c-last", "d-pruned", "e-thread", "f-reacted", "g-muted", "h-member"]
    assert await store.rooms_with("alice", "", 99) == (found, None)
    assert await store.rooms_with("alice", "a-member", 2) == (found[:2], "c-last")
