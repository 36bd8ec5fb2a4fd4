"""The calls on endpoints: what they refuse, and whose endpoints they show and change."""

from collections.abc import Callable
from typing import Any, Final

import pytest
import trio

from chatroom.net.outgoing import Answered
from chatroom.push.service import Push, PushSettings

from ..client import Client
from ..session.node_harness import World
from .devices import Device, Services, from_base64url
from .test_deciding import LATER_S, meeting, send

URL: Final = "https://push.example/bob"


async def listed(client: Client) -> list[dict[str, Any]]:
    endpoints: list[dict[str, Any]] = (await client.call("listPushEndpoints"))["endpoints"]
    return endpoints


async def test_endpoints_are_added_listed_and_removed(world: World) -> None:
    async with world.session("bob") as bob, world.session("bob") as laptop:
        assert "push" in bob.connected["features"]
        for name in ("one", "two"):
            await bob.call("addPushEndpoint", **Device(f"{URL}-{name}").params)
        await laptop.call("addPushEndpoint", **Device(URL, key=8).params)
        found = await listed(bob)
        assert [each.pop("endpoint") for each in found] == [f"{URL}-one", f"{URL}-two", URL]
        assert [each["current"] for each in found] == [True, True, False]
        assert [each["current"] for each in await listed(laptop)] == [False, False, True]
        assert not any(each["failing"] for each in found)
        for _ in range(2):
            assert await laptop.call("removePushEndpoint", endpoint=f"{URL}-one") == {}
        assert [each["endpoint"] for each in await listed(bob)] == [f"{URL}-two", URL]


async def test_others_neither_see_nor_remove_endpoints(world: World) -> None:
    async with world.session("bob") as bob, world.session("eve") as eve:
        await bob.call("addPushEndpoint", **Device(URL).params)
        assert await listed(eve) == []
        assert await eve.call("removePushEndpoint", endpoint=URL) == {}
        assert (await eve.refused("testPush", endpoint=URL)).reason == "not_found"
        unknown = await eve.refused("testPush", endpoint=f"{URL}-unknown")
        assert unknown.message == (await eve.refused("testPush", endpoint=URL)).message
        assert len(await listed(bob)) == 1


async def test_once_more_replaces_the_keys(world: World, services: Services) -> None:
    async with meeting(world, services, "alice", "bob") as (alice, bob):
        services.devices[URL] = Device(URL, key=9, auth=b"fedcba9876543210")
        await bob.call("addPushEndpoint", **services.devices[URL].params)
        assert len(await listed(bob)) == 1
        await send(alice)
        await trio.sleep(LATER_S)
    assert services.ids() == ["general:1:bob"]


async def test_an_endpoint_goes_over_to_who_adds_it(world: World, services: Services) -> None:
    """As in a browser in which somebody else has logged in."""
    async with meeting(world, services, "alice", "bob", "carol") as (alice, bob, carol):
        await send(alice, "for bob", room=None, to="bob")
        await send(alice, "for both")
        await carol.call("addPushEndpoint", **services.device("bob").params)
        assert await listed(bob) == []
        assert len(await listed(carol)) == 2
        await trio.sleep(LATER_S)
    assert sorted((each.url[-3:], each.id) for each in services.got) == [
        ("bob", "general:1:carol"),
        ("rol", "general:1:carol"),
    ]


@pytest.mark.config(rate_limits="on")
async def test_the_number_of_endpoints_is_bounded(world: World) -> None:
    async with world.session("bob") as bob:
        for number in range(20):
            await bob.call("addPushEndpoint", **Device(f"{URL}-{number}").params)
            await trio.sleep(1.1)  # for the rate of such calls
        refused = await bob.refused("addPushEndpoint", **Device(URL).params)
        assert refused.reason == "quota_exceeded"
        await trio.sleep(1.1)
        await bob.call("addPushEndpoint", **Device(f"{URL}-0").params)
        await trio.sleep(1.1)
        await bob.call("removePushEndpoint", endpoint=f"{URL}-1")
        await trio.sleep(1.1)
        await bob.call("addPushEndpoint", **Device(URL).params)


@pytest.mark.parametrize(
    "url",
    [
        "http://push.example/a",
        "https://127.0.0.1/a",
        "https://[::1]:8443/a",
        "https://[::ffff:10.0.0.1]/a",
        "https://169.254.169.254/latest/meta-data",
        "https://user:secret@push.example/a",
        "https://push.example/a#b",
        "https://push.example:99999/a",
        "https://[::1/a",
        "https:///a",
    ],
)
async def test_urls_that_must_not_be_reached_are_refused(world: World, url: str) -> None:
    async with world.session("bob") as bob:
        refused = await bob.refused("addPushEndpoint", **Device(url).params)
        assert refused.reason == "invalid_params"
        assert refused.message.startswith("endpoint: ")
        assert await listed(bob) == []


@pytest.mark.config(push_allow_private="on")
@pytest.mark.parametrize("url", ["http://localhost:8080/a", "https://10.0.0.1/a"])
async def test_a_setting_permits_private_endpoints(world: World, url: str) -> None:
    async with world.session("bob") as bob:
        await bob.call("addPushEndpoint", **Device(url).params)
        assert len(await listed(bob)) == 1


async def test_a_key_that_is_no_point_of_the_curve_is_refused(world: World) -> None:
    async with world.session("bob") as bob:
        params = Device(URL).params | {"p256dh": "B" + "A" * 86}
        refused = await bob.refused("addPushEndpoint", **params)
        assert (refused.reason, refused.message[:7]) == ("invalid_params", "p256dh:")


async def test_the_key_of_the_server_stays(
    services: Services, make_push: Callable[..., Push], autojump_clock: object
) -> None:
    keys: list[str] = []
    store = None
    for _ in range(2):
        async with trio.open_nursery() as nursery:
            world = await World.start(nursery, store=store, make_push=make_push)
            store = world.store
            async with world.session("bob") as bob:
                keys.append((await bob.call("getPushKey"))["key"])
            nursery.cancel_scope.cancel()
    assert keys[0] == keys[1]
    assert from_base64url(keys[0])[0] == 4
    assert len(from_base64url(keys[0])) == 65


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answered(201), {"outcome": "sent", "status": 201}),
        (Answered(410), {"outcome": "gone", "status": 410}),
        (Answered(500), {"outcome": "failed", "status": 500}),
        (None, {"outcome": "failed"}),
    ],
)
async def test_a_test_tells_what_came_of_it(
    world: World, services: Services, answer: Answered | None, expected: dict[str, Any]
) -> None:
    services.answers["push.example"] = lambda _: answer
    async with world.session("bob") as bob:
        await bob.call("addPushEndpoint", **services.device("bob").params)
        assert await bob.call("testPush", endpoint=URL) == expected
    assert [attempt.text["type"] for attempt in services.attempts] == ["test"]


async def test_a_slow_test_does_not_hold_other_calls(world: World, services: Services) -> None:
    services.taking_s["push.example"] = 20
    async with world.session("bob") as bob:
        await bob.call("addPushEndpoint", **services.device("bob").params)
        testing = await bob.begin("testPush", endpoint=URL)
        await bob.call("getInbox")
        assert services.got == []
        assert (await bob.reply(testing))["outcome"] == "sent"


async def test_a_setting_that_is_switched_off_holds_for_old_endpoints(
    world: World, services: Services
) -> None:
    """The address is checked for each connection, but the URL was checked when it was added."""
    made: list[Push] = []

    def make(store: Any, settings: PushSettings, clock: Any) -> Push:
        made.append(Push(store, settings, clock, poster=lambda: services))
        return made[-1]

    device = services.device("bob", "10.0.0.1")
    async with trio.open_nursery() as nursery:
        private = await World.start(
            nursery, store=world.store, make_push=make, push_allow_private="on"
        )
        async with private.session("bob") as bob:
            await bob.call("addPushEndpoint", **device.params)
            assert (await bob.call("testPush", endpoint=device.url))["outcome"] == "sent"
        nursery.cancel_scope.cancel()
    async with world.session("bob") as bob:
        assert (await bob.call("testPush", endpoint=device.url))["outcome"] == "failed"
    assert len(services.got) == 1
