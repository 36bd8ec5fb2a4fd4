"""The mailbox: bound, order, mergeable mail, and mail that must be handled alone."""

from collections.abc import Hashable
from typing import Any

import attrs
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import wait_all_tasks_blocked

from chatroom.actors.mailbox import Mailbox, Mergeable


@attrs.frozen
class Sum(Mergeable):
    key: str
    parts: tuple[int, ...]

    @property
    def merge_key(self) -> Hashable:
        return self.key

    def merged(self, later: "Sum") -> "Sum":
        return Sum(self.key, self.parts + later.parts)


def is_upper(mail: Any) -> bool:
    return isinstance(mail, str) and mail.isupper()


def test_takes_all_in_order_and_is_empty_then() -> None:
    mailbox = Mailbox(3)
    assert [mailbox.offer(mail) for mail in "abc"] == [True, True, True]
    assert len(mailbox) == 3
    assert mailbox.take() == ["a", "b", "c"]
    assert len(mailbox) == 0
    assert mailbox.take() == []


def test_is_full_and_has_space_again_after_a_take() -> None:
    mailbox = Mailbox(2)
    assert [mailbox.offer(mail) for mail in "abc"] == [True, True, False]
    assert mailbox.take() == ["a", "b"]
    assert mailbox.offer("c")
    assert mailbox.take() == ["c"]


def test_what_merges_never_finds_it_full_and_comes_first() -> None:
    mailbox = Mailbox(1)
    assert mailbox.offer("a")
    assert all(mailbox.offer(Sum(key, (n,))) for n, key in enumerate(["x", "y", "x", "x"]))
    assert len(mailbox) == 3
    assert mailbox.take() == [Sum("x", (0, 2, 3)), Sum("y", (1,)), "a"]


def test_what_was_taken_is_not_merged_into() -> None:
    mailbox = Mailbox(1)
    mailbox.offer(Sum("x", (1,)))
    assert mailbox.take() == [Sum("x", (1,))]
    mailbox.offer(Sum("x", (2,)))
    assert mailbox.take() == [Sum("x", (2,))]


def test_alone_ends_a_batch_and_is_one() -> None:
    mailbox = Mailbox(9, alone=is_upper)
    for mail in "aBCde":
        mailbox.offer(mail)
    assert [mailbox.take() for _ in range(5)] == [["a"], ["B"], ["C"], ["d", "e"], []]


def test_alone_does_not_go_with_what_merges() -> None:
    mailbox = Mailbox(9, alone=is_upper)
    mailbox.offer("A")
    mailbox.offer(Sum("x", (1,)))
    assert [mailbox.take(), mailbox.take()] == [[Sum("x", (1,))], ["A"]]


def test_taken_is_the_mail_in_hand() -> None:
    mailbox = Mailbox(9)
    mailbox.offer("a")
    assert mailbox.taken == []
    mailbox.take()
    mailbox.offer("b")
    assert mailbox.taken == ["a"]
    mailbox.take()
    assert mailbox.taken == ["b"]


@settings(derandomize=True, database=None, max_examples=200)
@given(mails=st.lists(st.sampled_from(["a", "b", "C", "D", "-"]), max_size=30))
def test_nothing_is_lost_doubled_or_reordered(mails: list[str]) -> None:
    """A "-" takes a batch. Upper-case mail must be a batch of its own."""
    mailbox = Mailbox(100, alone=is_upper)
    offered: list[str] = []
    batches: list[list[Any]] = []
    for number, mail in enumerate(mails):
        if mail == "-":
            batches.append(mailbox.take())
        else:
            offered.append(f"{mail}{number}")
            assert mailbox.offer(offered[-1])
    while batch := mailbox.take():
        batches.append(batch)
    assert [mail for batch in batches for mail in batch] == offered
    assert all(len(batch) == 1 for batch in batches if any(map(is_upper, batch)))


async def test_wakes_who_waits_for_mail() -> None:
    mailbox = Mailbox(1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mailbox.wait_for_mail)
        await wait_all_tasks_blocked()
        mailbox.offer(Sum("x", ()))
    await mailbox.wait_for_mail()  # does not wait, since there is mail


async def test_a_take_wakes_all_who_wait_for_space() -> None:
    mailbox = Mailbox(1)
    mailbox.offer("a")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mailbox.wait_for_space)
        nursery.start_soon(mailbox.wait_for_space)
        await wait_all_tasks_blocked()
        assert len(nursery.child_tasks) == 2
        mailbox.take()
