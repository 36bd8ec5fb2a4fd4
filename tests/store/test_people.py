"""Profiles and settings in the store."""

import pytest

from chatroom.model import Account, Profile, Settings, Status
from chatroom.store.administration import Act
from chatroom.store.people import AccountNews, Standing
from chatroom.store.sql.people import MAX_SEARCHED
from chatroom.store.store import Store

from .room_log import StoredRoom


async def sign_up(store: Store, *names: str) -> None:
    await store.add_accounts([Account(name, name.title(), None, 1) for name in names])


async def marked(store: Store, *names: str) -> list[bool]:
    accounts = {account.name: account for account in await store.existing_accounts(names)}
    return [accounts[name].lookalike for name in names]


async def test_what_is_none_stays(store: Store) -> None:
    await sign_up(store, "alice")
    status = Status("busy", "\u2764\ufe0f", 99)
    assert await store.set_profile("alice", "Alice A.", None) == Profile("alice", "Alice A.")
    both = Profile("alice", "Alice A.", status=status)
    assert await store.set_profile("alice", None, status) == both
    assert await store.set_profile("alice", None, None) == both
    assert (await store.known_people("alice", [], ["alice"])).people == (both,)
    account = await store.account("alice")
    assert account is not None
    assert account.display_name == "Alice A."
    emptied = await store.set_profile("alice", None, Status(until=7))
    assert emptied is not None
    assert emptied.status is None
    with pytest.raises(Exception, match="no account"):
        await store.set_profile("nobody", "Nobody", None)


async def test_only_admins_are_told_standings(store: Store) -> None:
    await sign_up(store, "alice", "bob", "carol")
    await store.set_server_role("alice", "admin", Act(1))
    await store.set_disabled("carol", True, Act(1))
    standings = {
        "alice": Standing("admin", disabled=False),
        "bob": Standing("member", disabled=False),
        "carol": Standing("member", disabled=True),
    }
    asked: tuple[list[str] | None, ...] = ([], None)
    for rooms in asked:
        assert (await store.find_people("alice", rooms, None, "", 9)).standings == standings
        known = await store.known_people("alice", rooms, ["carol"])
        assert known.standings == {"carol": standings["carol"]}
        assert (await store.find_people("bob", rooms, None, "", 9)).standings == {}
        assert (await store.known_people("bob", rooms, ["bob"])).standings == {}


async def test_only_the_first_to_have_a_look_is_not_marked(store: Store) -> None:
    await sign_up(store, "alice", "bob", "a1ice")
    assert await marked(store, "alice", "bob", "a1ice") == [False, False, True]
    await store.set_profile("bob", "ALICE", None)
    assert await marked(store, "alice", "bob") == [False, True]
    await store.set_profile("alice", "Somebody", None)
    await store.set_profile("alice", "Alice", None)  # her name is still hers
    assert await marked(store, "alice", "bob") == [False, True]
    await store.set_profile("bob", "Robert", None)
    await store.set_profile("a1ice", "Eve", None)  # the name itself is alike
    assert await marked(store, "alice", "bob", "a1ice") == [False, False, True]
    await store.set_profile("alice", "Rob3rt", None)
    await store.set_profile("alice", "Robert", None)
    await store.set_profile("bob", "Bob", None)
    assert await marked(store, "alice", "bob") == [True, False]
    await store.set_profile("bob", "Admin", None)
    assert await marked(store, "bob") == [True]


async def test_people_of_several_rooms_are_listed_once_in_pages(store: Store) -> None:
    names = [f"user-{number}" for number in range(10)]
    await sign_up(store, *names)
    rooms = []
    for number in range(4):
        room = StoredRoom(store, f"room-{number}")
        await room.make(*names[number : number + 5])
        rooms.append(room.name)
    for asker in ("user-0", "zoe"):
        await sign_up(store, "zoe")
        seen, after = list[str](), ""
        while True:
            page = await store.find_people(asker, rooms, None, after, 3)
            seen += [profile.name for profile in page.people]
            if page.next is None:
                break
            assert len(page.people) == 3
            after = page.next
        assert seen == sorted({*names[:8], asker})
    assert (await store.known_people("zoe", rooms, names)).people == tuple(
        Profile(name, name.title()) for name in names[:8]
    )
    assert (await store.known_people("zoe", [], names)).people == ()


async def test_a_search_looks_at_a_bounded_number_of_people(store: Store) -> None:
    names = [f"user-{number:05}" for number in range(MAX_SEARCHED + 1)]
    await sign_up(store, *names)
    room = StoredRoom(store)
    await room.make(*names)
    page = await store.find_people(names[0], ["lobby"], names[-1], "", 5)
    assert (page.people, page.next) == ((), names[-2])
    page = await store.find_people(names[0], ["lobby"], names[-1], names[-2], 5)
    assert [each.name for each in page.people] == [names[-1]]
    assert page.next is None
    page = await store.find_people(names[0], ["lobby"], "user", "", 5)
    assert ([each.name for each in page.people], page.next) == (names[:5], names[4])


async def test_news_has_the_last_write_of_each_kind(store: Store) -> None:
    await sign_up(store, "alice", "bob")
    assert await store.last_account_news() == 0
    await store.set_profile("alice", None, Status("one"))
    await store.set_profile("bob", None, Status("one"))
    await store.set_profile("bob", None, Status("one"))  # changes nothing
    await store.set_settings("alice", Settings("{}"), None)
    await store.set_profile("alice", None, Status("two"))
    assert await store.account_news(0, 9) == [
        AccountNews(2, "bob", "profile"),
        AccountNews(3, "alice", "settings"),
        AccountNews(4, "alice", "profile"),
    ]
    assert await store.account_news(3, 9) == [AccountNews(4, "alice", "profile")]
    assert [each.number for each in await store.account_news(0, 1)] == [2]
    await store.set_profile("alice", None, Status("three"))
    assert await store.last_account_news() == 5


async def test_ends_of_statuses_are_in_order(store: Store) -> None:
    await sign_up(store, "alice", "bob", "carol", "dave")
    for name, until in (("bob", 20), ("alice", 20), ("carol", 10), ("dave", None)):
        await store.set_profile(name, None, Status("busy", until=until))
    assert await store.status_ends((0, ""), 9) == [(10, "carol"), (20, "alice"), (20, "bob")]
    assert await store.status_ends((20, "alice"), 9) == [(20, "bob")]
    await store.set_profile("bob", None, Status())
    assert await store.status_ends((10, "~"), 9) == [(20, "alice")]


async def test_settings_have_a_number(store: Store) -> None:
    await sign_up(store, "alice")
    assert (await store.settings("alice")).number == 0
    assert await store.set_settings("alice", Settings('{"a":1}'), 1) is None
    stored = await store.set_settings("alice", Settings('{"a":1}'), 0)
    assert stored == await store.settings("alice")
    assert stored is not None
    assert (stored.settings, stored.number) == ('{"a":1}', 1)
    again = await store.set_settings("alice", Settings("{}"), None)
    assert again is not None
    assert again.number == 2
