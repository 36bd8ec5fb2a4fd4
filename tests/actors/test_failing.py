"""Failing actors: which mail is refused, restarts, and quarantine."""

from typing import Any

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from chatroom.actors.actor import Address
from chatroom.actors.restarts import RestartPolicy
from chatroom.actors.supervisor import Supervisor

from .diary import HERE, Blameless, Broken, Diary, Doer, Fatal, supervised

OTHER = Address("other", "here")


def restarts(*, idle_s: float = 10, size: int = 1000, **policy: Any) -> pytest.MarkDecorator:
    """Run the test's actors with a restart policy."""
    options = {"restarts": RestartPolicy(**policy), "idle_s": idle_s, "size": size}
    return pytest.mark.parametrize("options", [options], ids=[""])


async def fail(doer: Doer, nursery: trio.Nursery) -> None:
    raise Broken


async def die(doer: Doer, nursery: trio.Nursery) -> None:
    raise Fatal


async def test_only_mail_in_hand_is_refused(diary: Diary, actors: Supervisor) -> None:
    async def fail_late(doer: Doer, nursery: trio.Nursery) -> None:
        await diary.gate("fail").wait()
        raise Broken

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


async def test_a_failure_at_the_start_refuses_no_mail(diary: Diary, actors: Supervisor) -> None:
    diary.failing_starts = 2
    await actors.post(HERE, 1)
    await trio.sleep(1)
    assert diary.refused == []
    assert diary.of("mail") == [1]


async def test_failing_background_work_ends_the_actor_with_its_other_work(
    diary: Diary, actors: Supervisor
) -> None:
    async def broken() -> None:
        await trio.sleep(1)
        raise Broken

    async def work(doer: Doer, nursery: trio.Nursery) -> None:
        nursery.start_soon(trio.sleep_forever)
        nursery.start_soon(broken)

    await actors.post(HERE, work)
    await trio.sleep(0.5)
    await actors.post(HERE, 1)
    await trio.sleep(1.5)
    await actors.post(HERE, 2)
    await wait_all_tasks_blocked()
    assert diary.of("start") == ["here", "here"]
    assert diary.refused == [], "the mail was handled long before"
    assert diary.of("mail") == [1, 2]


@restarts(max_failures=5, window_s=60, first_s=0.5, longest_s=3)
async def test_the_pause_doubles_up_to_the_longest(diary: Diary, actors: Supervisor) -> None:
    diary.failing_starts = 5
    await actors.post(HERE, 1)
    await trio.sleep(59)
    assert diary.times("start") == [0, 0.5, 1.5, 3.5, 6.5, 9.5]


@restarts(max_failures=2, window_s=60, first_s=0.5, idle_s=1000)
async def test_old_failures_do_not_count(diary: Diary, actors: Supervisor) -> None:
    for _ in range(6):
        await actors.post(HERE, fail)
        await trio.sleep(31)
    assert diary.refused == [fail] * 6
    failed, started = diary.times("batch"), diary.times("start")[1:]
    assert [after - at for at, after in zip(failed, started, strict=True)] == [0.5, 1, 1, 1, 1, 1]


@restarts(max_failures=3, window_s=60, quarantine_s=300)
async def test_an_actor_that_fails_too_often_is_quarantined(
    diary: Diary, other: Diary, actors: Supervisor, caplog: pytest.LogCaptureFixture
) -> None:
    await actors.post(OTHER, 1)
    for _ in range(4):
        await actors.post(HERE, fail)
        await trio.sleep(2)
    assert actors.quarantines == 1
    await trio.sleep(58)
    await actors.post(HERE, "refused")
    assert actors.push(HERE, "pushed", wake=True)
    await actors.post(OTHER, 2)
    await trio.lowlevel.checkpoint()
    assert diary.of("refused") == [
        *[(fail, None)] * 3,
        *((fail, 300), ("refused", 240), ("pushed", 240)),
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
    assert other.of("mail") == [1, 2], "others are not affected"
    quarantined = "quarantined for 300 s: doer here failed 4 times in 60 s"
    assert [m for m in caplog.messages if m.startswith("quarantined")] == [quarantined]


@restarts(max_failures=1, first_s=1, size=1)
async def test_quarantine_refuses_waiting_mail_and_lets_nobody_wait_for_space(
    diary: Diary, actors: Supervisor
) -> None:
    diary.failing_starts = 2
    await actors.post(HERE, 1)
    await actors.post(HERE, 2)
    assert diary.refused == [1, 2]


@restarts(max_failures=0, quarantine_s=300)
async def test_a_needed_actor_restarts_after_quarantine(diary: Diary, actors: Supervisor) -> None:
    diary.failing_starts, diary.sleepy = 1, False
    await actors.post(HERE, 1)
    await trio.sleep(301)
    assert actors.awake(HERE)
    await actors.post(HERE, 2)
    await wait_all_tasks_blocked()
    assert diary.times("start") == [0, 300]
    assert diary.of("mail") == [2]


@pytest.mark.parametrize(
    "options",
    [{"restarts": RestartPolicy(max_failures=3, blameless_s=5), "blameless": (Blameless,)}],
)
@pytest.mark.parametrize("where", ["start", "handle", "aside"])
async def test_blameless_failures_refuse_mail_and_never_quarantine(
    where: str, diary: Diary, actors: Supervisor, caplog: pytest.LogCaptureFixture
) -> None:
    diary.start_error, diary.failing_starts = Blameless, 100 if where == "start" else 0

    async def cannot(*_: Any) -> None:
        raise Blameless

    async def cannot_aside(doer: Doer, nursery: trio.Nursery) -> None:
        nursery.start_soon(cannot)
        await trio.sleep(1)

    mail = cannot_aside if where == "aside" else cannot
    for _ in range(10):
        await actors.post(HERE, mail)
        await trio.sleep(1)
        await actors.post(HERE, "while it is closed")
        await trio.sleep(5)
        assert not actors.awake(HERE)
    assert actors.quarantines == 0
    assert diary.of("refused") == [(mail, 5), ("while it is closed", 4)] * 10
    assert diary.causes == {Blameless}
    assert caplog.messages == []


@pytest.mark.parametrize("where", ["handle", "aside", "beside another"])
async def test_a_fatal_exception_ends_the_supervisor(
    where: str, diary: Diary, other: Diary, autojump_clock: MockClock
) -> None:
    async def act(doer: Doer, nursery: trio.Nursery) -> None:
        if where == "aside":
            nursery.start_soon(die, doer, nursery)
            return
        if where == "beside another":
            nursery.start_soon(fail, doer, nursery)
        raise Fatal

    expected = [Fatal, Broken] if where == "beside another" else [Fatal]
    with pytest.RaisesGroup(*expected, flatten_subgroups=True):
        async with supervised(diary, other, fatal=(Fatal,)) as actors:
            await actors.post(HERE, act)
            await trio.sleep(100)
    assert diary.refused == [], "it is unknown what was done"
    assert diary.of("start") == ["here"]
