"""Failing actors: which mail is refused, restarts, and quarantine."""

from typing import Any

import pytest
import trio
import trio.lowlevel
from trio.testing import MockClock, wait_all_tasks_blocked

from chatroom.actors.actor import Address
from chatroom.actors.restarts import RestartPolicy

from .diary import HERE, Blameless, Broken, Diary, Doer, Fatal, supervised


async def fail(doer: Doer, nursery: trio.Nursery) -> None:
    raise Broken


async def die(doer: Doer, nursery: trio.Nursery) -> None:
    raise Fatal


async def test_only_the_mail_in_hand_is_refused_and_the_rest_is_kept(
    autojump_clock: MockClock,
) -> None:
    diary = Diary()

    async def fail_late(doer: Doer, nursery: trio.Nursery) -> None:
        await diary.gate("fail").wait()
        raise Broken

    async with supervised(diary) as actors:
        await actors.post(HERE, 1)
        await wait_all_tasks_blocked()
        await actors.post(HERE, 2)
        await actors.post(HERE, fail_late)
        await wait_all_tasks_blocked()
        await actors.post(HERE, 3)
        diary.gate("fail").set()
        await wait_all_tasks_blocked()
        await actors.post(HERE, 4)  # before the restart
        await trio.sleep(1)
    assert diary.refused == [2, fail_late]
    assert diary.of("mail") == [1, 2, 3, 4]
    assert diary.of("start") == ["here", "here"]
    assert diary.of("stop") == [], "stop is for sleeping, not for failing"


async def test_failing_to_start_refuses_nobody(autojump_clock: MockClock) -> None:
    diary = Diary(failing_starts=2)
    async with supervised(diary) as actors:
        await actors.post(HERE, 1)
        await trio.sleep(1)
    assert diary.refused == []
    assert diary.of("mail") == [1]


async def test_work_aside_that_fails_ends_the_actor_and_what_else_is_aside(
    autojump_clock: MockClock,
) -> None:
    diary = Diary()

    async def aside(scope: trio.CancelScope) -> None:
        with scope:
            await trio.sleep_forever()

    async def broken() -> None:
        await trio.sleep(1)
        raise Broken

    scope = trio.CancelScope()

    async def work(doer: Doer, nursery: trio.Nursery) -> None:
        nursery.start_soon(aside, scope)
        nursery.start_soon(broken)

    async with supervised(diary) as actors:
        await actors.post(HERE, work)
        await trio.sleep(0.5)
        await actors.post(HERE, 1)
        await trio.sleep(1.5)
        await actors.post(HERE, 2)
        await wait_all_tasks_blocked()
    assert diary.of("start") == ["here", "here"]
    assert diary.refused == [], "the mail was handled long before"
    assert diary.of("mail") == [1, 2]


async def test_one_actor_s_failure_leaves_the_others_alone(autojump_clock: MockClock) -> None:
    diary, other = Diary(), Diary()
    async with supervised(diary, other=other) as actors:
        await actors.post(Address("other", "here"), 1)
        await actors.post(HERE, fail)
        await wait_all_tasks_blocked()
        await actors.post(Address("other", "here"), 2)
        await wait_all_tasks_blocked()
    assert other.of("start") == ["here"]
    assert other.of("mail") == [1, 2]


async def test_the_pause_doubles_up_to_the_longest(autojump_clock: MockClock) -> None:
    diary = Diary(failing_starts=5)
    restarts = RestartPolicy(max_failures=5, window_s=60, first_s=0.5, longest_s=3)
    async with supervised(diary, restarts=restarts) as actors:
        await actors.post(HERE, 1)
        await trio.sleep(59)
    assert diary.times("start") == [0, 0.5, 1.5, 3.5, 6.5, 9.5]


async def test_old_failures_are_forgiven(autojump_clock: MockClock) -> None:
    diary = Diary()
    restarts = RestartPolicy(max_failures=2, window_s=60, first_s=0.5)
    async with supervised(diary, idle_s=1000, restarts=restarts) as actors:
        for _ in range(6):
            await actors.post(HERE, fail)
            await trio.sleep(31)
    assert diary.refused == [fail] * 6
    pauses = [
        start - failed
        for failed, start in zip(diary.times("batch"), diary.times("start")[1:], strict=True)
    ]
    assert pauses == [0.5, 1, 1, 1, 1, 1]


async def test_past_its_budget_it_is_quarantined(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    diary, other = Diary(), Diary()
    restarts = RestartPolicy(max_failures=3, window_s=60, quarantine_s=300)
    async with supervised(diary, other=other, restarts=restarts) as actors:
        for _ in range(4):
            await actors.post(HERE, fail)
            await trio.sleep(10)
        assert actors.quarantines == 1
        await trio.sleep(50)
        await actors.post(HERE, "refused")
        assert actors.push(HERE, "pushed", wake=True)
        await actors.post(Address("other", "here"), 1)
        await trio.lowlevel.checkpoint()
        assert diary.of("refused") == [
            *[(fail, None)] * 3,
            (fail, 300),
            ("refused", 240),
            ("pushed", 240),
        ]
        await trio.sleep(241)
        assert not actors.awake(HERE), "nobody needed it"
        for _ in range(3):  # the restart budget is full again
            await actors.post(HERE, fail)
            await trio.sleep(10)
        await actors.post(HERE, 2)
        await wait_all_tasks_blocked()
        assert actors.quarantines == 1
    assert diary.of("close") == ["here"]
    assert diary.of("mail") == [2]
    assert other.of("mail") == [1]
    quarantined = "quarantined for 300 s: doer here failed 4 times in 60 s"
    assert [m for m in caplog.messages if m.startswith("quarantined")] == [quarantined]


async def test_what_waits_is_refused_and_nobody_waits_for_space(autojump_clock: MockClock) -> None:
    diary = Diary(failing_starts=2)
    async with supervised(
        diary, size=1, restarts=RestartPolicy(max_failures=1, first_s=1)
    ) as actors:
        await actors.post(HERE, 1)
        await actors.post(HERE, 2)
    assert diary.refused == [1, 2]


async def test_who_is_needed_is_started_again_after_quarantine(autojump_clock: MockClock) -> None:
    diary = Diary(failing_starts=1, sleepy=False)
    restarts = RestartPolicy(max_failures=0, quarantine_s=300)
    async with supervised(diary, restarts=restarts) as actors:
        await actors.post(HERE, 1)
        await trio.sleep(301)
        assert actors.awake(HERE)
        await actors.post(HERE, 2)
        await wait_all_tasks_blocked()
    assert diary.times("start") == [0, 300]
    assert diary.of("mail") == [2]


@pytest.mark.parametrize("where", ["start", "handle", "aside"])
async def test_a_blameless_failure_is_an_answer_and_costs_no_budget(
    where: str, autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    diary = Diary(start_error=Blameless, failing_starts=100 if where == "start" else 0)

    async def cannot(*_: Any) -> None:
        raise Blameless

    async def cannot_aside(doer: Doer, nursery: trio.Nursery) -> None:
        nursery.start_soon(cannot)
        await trio.sleep(1)

    mail = cannot_aside if where == "aside" else cannot
    restarts = RestartPolicy(max_failures=3, window_s=60, blameless_s=5)
    async with supervised(diary, restarts=restarts, blameless=(Blameless,)) as actors:
        for _ in range(10):
            await actors.post(HERE, mail)
            await trio.sleep(1)
            await actors.post(HERE, "while it is closed")
            await trio.sleep(5)
            assert not actors.awake(HERE)
        assert actors.quarantines == 0
    assert diary.of("refused") == [(mail, 5), ("while it is closed", 4)] * 10
    assert caplog.messages == []


@pytest.mark.parametrize("where", ["handle", "aside"])
async def test_a_fatal_exception_passes(where: str, autojump_clock: MockClock) -> None:
    diary = Diary()

    async def die_aside(doer: Doer, nursery: trio.Nursery) -> None:
        nursery.start_soon(die, doer, nursery)

    async def main(mail: Any) -> None:
        async with supervised(diary, fatal=(Fatal,)) as actors:
            await actors.post(HERE, mail)
            await trio.sleep(100)

    with pytest.RaisesGroup(Fatal, flatten_subgroups=True):
        await main(die if where == "handle" else die_aside)
    assert diary.refused == [], "nobody is told what is not known"
    assert diary.of("start") == ["here"]


async def test_a_fatal_exception_passes_beside_another(autojump_clock: MockClock) -> None:
    diary = Diary()

    async def both(doer: Doer, nursery: trio.Nursery) -> None:
        nursery.start_soon(fail, doer, nursery)
        raise Fatal

    with pytest.RaisesGroup(Fatal, Broken, flatten_subgroups=True):
        async with supervised(diary, fatal=(Fatal,)) as actors:
            await actors.post(HERE, both)
            await trio.sleep(100)
