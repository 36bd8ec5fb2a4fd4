"""Random histories of people with devices, across kills, and the checker of their recordings."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from functools import partial
from random import Random
from typing import Any, Final

import attrs
import trio

from chatroom.net.outgoing import Answered
from chatroom.push.service import Push
from chatroom.store.push import NotificationKey, Outcomes

from ..client import Client
from ..faulty_store import FaultyStore
from ..session.node_harness import World
from .devices import CREATED, Delivery, Services

PEOPLE: Final = ("alice", "bob", "carol")
HOSTS: Final = ("push.example", "up.example")
ROOM: Final = "general"
GRACE_S: Final = 5.0
LIVES: Final = 3
NEVER: Final = float("inf")
SETTLED_S: Final = 301.0
"""Enough for the pauses after all failures."""


@attrs.frozen
class Fact:
    """Something that was acknowledged. ``seq``: of a message; 0 if it is about a member.
    ``thread``: the root of a message in a thread.
    """

    time: float
    kind: str
    user: str
    seq: int = 0
    thread: int | None = None


@attrs.define
class Recording:
    """:ivar sent: the posts. ``user`` is the sender.
    :ivar undone: what ends the wish for notifications: ``read`` up to a seq, ``deleted``,
        ``removed``, ``level`` none or ``blocked``.
    :ivar deliveries: what push services took.
    :ivar devices: the urls of each user.
    """

    sent: list[Fact] = attrs.field(factory=list)
    undone: list[Fact] = attrs.field(factory=list)
    deliveries: list[Delivery] = attrs.field(factory=list)
    devices: dict[str, list[str]] = attrs.field(factory=dict)
    kills: list[float] = attrs.field(factory=list)

    def is_for(self, post: Fact, user: str) -> bool:
        """Return whether the post is for the user: in a thread, only if they wrote its root or in
        it before."""
        theirs = {each.seq: each.thread for each in self.sent if each.user == user}
        return post.user != user and (
            post.thread is None
            or post.thread in theirs
            or any(seq < post.seq and root == post.thread for seq, root in theirs.items())
        )

    def ends(self, post: Fact, user: str) -> float:
        """Return when the user did not want to be notified of the post any more."""
        times = [
            each.time
            for each in self.undone
            if (each.kind == "deleted" and each.seq == post.seq)
            or (
                each.kind == "read"
                and post.thread is None
                and each.user == user
                and each.seq >= post.seq
            )
            or (each.kind == "removed" and each.user == user)
        ]
        return min(times, default=NEVER)


class KilledStore(FaultyStore):
    """``killed``: nothing of notifications is written any more, as after a kill of the process."""

    killed = False

    async def move_consumer_cursors(self, *args: Any) -> None:
        if not self.killed:
            await super().move_consumer_cursors(*args)

    async def add_notifications(self, keys: Collection[NotificationKey]) -> int:
        return 0 if self.killed else await super().add_notifications(keys)

    async def save_outcomes(self, outcomes: Outcomes) -> None:
        if not self.killed:
            await super().save_outcomes(outcomes)


async def live(
    dice: Random, make_push: Callable[..., Push], store_type: type[KilledStore] = KilledStore
) -> Recording:
    """Live several lives of a server, and record what happens.

    :param make_push: gets ``poster``, as :class:`Push` does.
    """
    recording, services, store = Recording(), Services(), store_type()

    def make(*args: Any) -> Push:
        return make_push(*args, poster=lambda: services, cpu_s=lambda: 0.0)

    for life in range(LIVES):
        store.killed = False
        async with trio.open_nursery() as nursery:
            world = await World.start(
                nursery, store=store, make_push=make, rate_limits="off", push_grace_s=GRACE_S
            )
            async with world.sessions(*PEOPLE) as people:
                clients = dict(zip(PEOPLE, people, strict=True))
                if life == 0:
                    await _meet(clients, services, recording)
                for _ in range(12):
                    _have_trouble(dice, services)
                    await _step(dice, clients, recording)
                    await trio.sleep(dice.choice([0, 0.3, 1.1, 4.7]))
            await trio.sleep(dice.choice([0, 0.1, GRACE_S, 3 * GRACE_S]))
            if life == LIVES - 1:
                services.answers.clear()
                await trio.sleep(SETTLED_S)
            recording.kills.append(trio.current_time())
            store.killed = True
            nursery.cancel_scope.cancel()
    recording.deliveries = services.got
    return recording


async def _meet(clients: dict[str, Client], services: Services, recording: Recording) -> None:
    for user, client in clients.items():
        await client.call("joinRoom", room=ROOM)
        for host in HOSTS:
            device = services.device(user, host)
            await client.call("addPushEndpoint", **device.params)
            recording.devices.setdefault(user, []).append(device.url)


def _have_trouble(dice: Random, services: Services) -> None:
    for host in HOSTS:
        answers: list[Answered | None] = [None, Answered(503), CREATED, CREATED, CREATED]
        services.answers[host] = partial(_say, dice.choice(answers))


def _say(answer: Answered | None, _: Delivery) -> Answered | None:
    return answer


async def _step(dice: Random, clients: dict[str, Client], recording: Recording) -> None:
    user = dice.choice(PEOPLE)
    client = clients[user]
    match dice.choice(["send", "send", "send", "read", "delete", "edit", "react", "remove"]):
        case "send":
            if not _is_in(recording, user):
                return
            text = dice.choice(["hello", "hello @room"])
            roots = [each.seq for each in recording.sent if each.thread is None]
            thread = dice.choice([None, None, *roots])
            where = {"room": ROOM} if thread is None else {"room": ROOM, "thread": thread}
            seq = (await client.call("sendMessage", text=text, **where))["seq"]
            recording.sent.append(Fact(trio.current_time(), "sent", user, seq, thread))
        case "read" if recording.sent and _is_in(recording, user):
            seq = dice.choice(recording.sent).seq
            entry = await client.call("markRead", room=ROOM, seq=seq)
            recording.undone.append(Fact(trio.current_time(), "read", user, entry["readSeq"]))
        case "delete" | "edit" | "react" as how if recording.sent:
            post = dice.choice(recording.sent)
            if not _is_in(recording, post.user) or _is_deleted(recording, post):
                return
            sender = clients[post.user]
            if how == "edit":
                await sender.call("editMessage", room=ROOM, seq=post.seq, text="edited")
            elif how == "react":
                await sender.call("addReaction", room=ROOM, seq=post.seq, emoji="\U0001f44d")
            else:
                await sender.call("deleteMessage", room=ROOM, seq=post.seq)
                recording.undone.append(Fact(trio.current_time(), "deleted", "", post.seq))
        case "remove" if dice.random() < 0.2 and _is_in(recording, "carol"):
            await clients["alice"].call("removeMember", room=ROOM, user="carol")
            recording.undone.append(Fact(trio.current_time(), "removed", "carol"))
        case _:
            pass


def _is_in(recording: Recording, user: str) -> bool:
    return not any(each.kind == "removed" and each.user == user for each in recording.undone)


def _is_deleted(recording: Recording, post: Fact) -> bool:
    return any(each.kind == "deleted" and each.seq == post.seq for each in recording.undone)


# ---- the checker


def faults(recording: Recording) -> list[str]:
    """Return what a recording shows that must not be."""
    posts = {post.seq: post for post in recording.sent}
    got: dict[tuple[str, int], list[Delivery]] = defaultdict(list)
    for delivery in recording.deliveries:
        got[delivery.url, delivery.text["seq"]].append(delivery)
    found: list[str] = []
    for user, urls in recording.devices.items():
        for seq, post in posts.items():
            for url in urls:
                here = f"{url} message {seq}"
                deliveries = got.pop((url, seq), [])
                found += _wrong(recording, post, user, deliveries, here)
    found += [f"{url} message {seq}: unknown" for url, seq in got]
    return found


def _wrong(
    recording: Recording, post: Fact, user: str, deliveries: list[Delivery], here: str
) -> Iterator[str]:
    if deliveries and not recording.is_for(post, user):
        yield f"{here}: not for them"
    if not deliveries and recording.is_for(post, user) and recording.ends(post, user) == NEVER:
        yield f"{here}: dropped"
    ids = {(each.id, each.headers["Topic"]) for each in deliveries}
    if len(ids) > 1 or any(each.id != f"{ROOM}:{post.seq}:{user}" for each in deliveries):
        yield f"{here}: with another id"
    lives = [sum(kill <= each.time for kill in recording.kills) for each in deliveries]
    if len(set(lives)) < len(lives):
        yield f"{here}: doubled without a kill"
    for each in deliveries:
        if each.time < post.time + GRACE_S - 0.01:
            yield f"{here}: before the grace time"
        if each.time > recording.ends(post, user):
            yield f"{here}: not wanted any more"
