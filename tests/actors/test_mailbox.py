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


def test_a_full_mailbox_has_space_again_after_a_take() -> None:
    mailbox = Mailbox(2)
    assert [mailbox.offer(mail) for mail in "abc"] == [True, True, False]
    assert len(mailbox) == 2
    assert mailbox.take() == mailbox.taken == ["a", "b"]
    assert len(mailbox) == 0
    assert mailbox.offer("c")
    assert mailbox.taken == ["a", "b"], "the mail in hand"
    assert mailbox.take() == mailbox.taken == ["c"]


def test_mergeable_mail_is_always_accepted_and_comes_first() -> None:
    mailbox = Mailbox(1)
    assert mailbox.offer("a")
    assert all(mailbox.offer(Sum(key, (n,))) for n, key in enumerate(["x", "y", "x", "x"]))
    assert len(mailbox) == 3
    assert mailbox.take() == [Sum("x", (0, 2, 3)), Sum("y", (1,)), "a"]
    mailbox.offer(Sum("x", (4,)))
    assert mailbox.take() == [Sum("x", (4,))], "not merged into mail that was taken"


def test_mail_that_must_be_handled_alone_is_its_own_batch() -> None:
    mailbox = Mailbox(9, alone=is_upper)
    mailbox.offer("A")
    mailbox.offer(Sum("x", (1,)))
    for mail in "bCDef":
        mailbox.offer(mail)
    batches = [[Sum("x", (1,))], ["A"], ["b"], ["C"], ["D"], ["e", "f"], []]
    assert [mailbox.take() for _ in batches] == batches


@settings(max_examples=200)
@given(mails=st.lists(st.sampled_from(["a", "b", "C", "D", "-"]), max_size=30))
def test_no_mail_is_lost_doubled_or_reordered(mails: list[str]) -> None:
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


async def test_mail_wakes_the_reader() -> None:
    mailbox = Mailbox(1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mailbox.wait_for_mail)
        await wait_all_tasks_blocked()
        mailbox.offer(Sum("x", ()))
    await mailbox.wait_for_mail()  # does not wait, since there is mail


async def test_a_take_wakes_all_writers() -> None:
    mailbox = Mailbox(1)
    mailbox.offer("a")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mailbox.wait_for_space)
        nursery.start_soon(mailbox.wait_for_space)
        await wait_all_tasks_blocked()
        assert len(nursery.child_tasks) == 2
        mailbox.take()
