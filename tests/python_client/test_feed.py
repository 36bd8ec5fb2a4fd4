"""The sync of a room against a model of the server, with cuts, refusals and pruning anywhere.

``HYPOTHESIS_PROFILE=soak`` runs more examples.
"""

from typing import TypeAlias

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatroom.client.events import LogEvent, MessageChanged, NewMessage, Resynced
from chatroom.client.room import with_reaction
from chatroom.client.room_sync import RoomSync
from chatroom.model import Message
from chatroom.protocol.events import ReactionsChanged
from chatroom.protocol.results import History, Subscribed

from ..reference import PagesModel
from .model import ModelRoom, Told

Step: TypeAlias = tuple[str, int]
SEQS = st.integers(1, 25)
STEP = st.one_of(
    st.tuples(st.just("send"), st.integers(1, 6)),
    st.tuples(st.sampled_from(["answer", "edit", "delete", "react", "lose"]), SEQS),
    st.tuples(st.just("ask"), st.integers(1, 4)),
    st.tuples(st.sampled_from(["deliver", "pull"]), st.integers(1, 6)),
    st.tuples(st.just("take"), st.integers(1, 8)),
    st.tuples(st.sampled_from(["cut", "repeat", "restart"]), st.just(0)),
)
RARE = st.one_of(
    st.tuples(st.sampled_from(["prune", "restore"]), SEQS),
    st.tuples(st.sampled_from(["save", "put back"]), st.just(0)),
)
SPACE = 1_000_000
MORE = settings(max_examples=5 * settings().max_examples)


@attrs.define(eq=False)
class Listener:
    """Receives the events of the sync, and checks their order."""

    space: int = 5
    last: int = 0
    told: dict[int, Message] = attrs.field(factory=dict)
    resynced: list[str] = attrs.field(factory=list)

    def start(self, page: Subscribed) -> None:
        self.last = page.head_seq
        self.told = {message.seq: message for message in page.messages}

    def emit(self, event: LogEvent) -> bool:
        if self.space == 0:
            return False
        self.space -= 1
        match event:
            case NewMessage(message):
                assert message.seq == self.last + 1, "each message once, in order"
                self.last = message.seq
                self.told[message.seq] = message
            case MessageChanged(message):
                assert message.seq <= self.last, "a change of what was never told"
                if (before := self.told.get(message.seq)) is not None:
                    assert message.rev > before.rev, "a change twice, or an old one"
                self.told[message.seq] = message
            case ReactionsChanged(seq=seq, rev=rev):
                assert seq <= self.last, "a reaction to what was never told"
                if (before := self.told.get(seq)) is not None:
                    assert rev == before.rev + 1 or rev > before.rev, "a reaction twice"
                    self.told[seq] = with_reaction(before, event)
            case Resynced(reason=reason, messages=messages):
                self.resynced.append(reason)
                self.told = {message.seq: message for message in messages}
                self.last = max(self.told, default=-1)
        return True


@attrs.define(eq=False)
class Talk:
    """The sync, its server, and the connection between them."""

    server: ModelRoom = attrs.field(factory=ModelRoom)
    listener: Listener = attrs.field(factory=Listener)
    asked: bool = False
    told: Message | ReactionsChanged | None = None
    saved: PagesModel | None = None
    sync: RoomSync = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.sync = RoomSync("general", self.listener.emit)
        self.server.subscribe(None, None, 5)
        page = self.server.sent.popleft()
        assert isinstance(page, Subscribed)
        self.listener.start(page)
        self.sync.handle_page(page)

    def do_all(self, *steps: Step) -> None:
        for step in steps:
            self.do(step)

    def do(self, step: Step) -> None:
        match step:
            case ("send", count):
                for _ in range(count):
                    self.server.send()
            case ("answer", root):
                self.server.answer(root)
            case ("edit", seq):
                self.server.edit(seq)
            case ("delete", seq):
                self.server.delete(seq)
            case ("react", seq):
                self.server.react(seq)
            case ("prune", through):
                self.server.prune(through)
            case ("restore", head):
                self.cut()
                self.server.restore(head)
            case ("save", _):
                self.saved = self.server.save()
            case ("put back", _) if self.saved is not None:
                self.cut()
                self.server.put_back(self.saved)
            case ("put back", _):
                pass  # nothing was saved
            case ("restart", _):
                self.cut()
                self.server.restart()
            case ("cut", _):
                self.cut()
            case ("ask", limit):
                self.ask(limit)
            case ("deliver", count):
                for _ in range(min(count, len(self.server.sent))):
                    self.deliver(self.server.sent.popleft())
            case ("pull", limit):
                self.do(("deliver", 1000))
                self.ask(limit)
                self.do(("deliver", 1000))
            case ("lose", seq):  # only a faulty network or server does this
                self.server.edit(seq)
                if self.server.sent and isinstance(self.server.sent[-1], Message):
                    self.server.sent.pop()
            case ("repeat", _):
                if self.told is not None:
                    self.deliver(self.told)
            case ("take", count):
                self.listener.space = count
            case _:
                raise NotImplementedError(step)

    def cut(self) -> None:
        self.server.cut()
        self.asked = False
        self.told = None
        self.sync.lost()

    def ask(self, limit: int) -> bool:
        """Make the call that a session would make now. Returns False if there is none."""
        if self.sync.live or self.asked:
            return False
        self.asked = True
        if self.sync.hole:
            self.server.history(self.sync.seq, min(self.sync.hole, limit))
        else:
            self.server.subscribe(self.sync.epoch, self.sync.rev, limit)
        return True

    def deliver(self, told: Told) -> None:
        match told:
            case Subscribed():
                self.asked = False
                self.sync.handle_page(told)
                if not told.recovered and self.sync.live:
                    self.listener.last = told.head_seq  # no message may show it
            case History():
                self.asked = False
                self.sync.handle_history(told)
                if self.listener.last == -1:
                    self.listener.last = told.head_seq
            case Message() | ReactionsChanged():
                self.told = told
                was = self.sync.live
                assert self.sync.handle_event(told) is (self.sync.live or not was)

    def finish(self, limit: int) -> None:
        """Catch up to the end, and check that nothing is missing."""
        self.listener.space = SPACE
        self.server.send()  # reveals events lost before it
        steps = 4 * (self.server.rev + self.server.head) + 10
        for _ in range(steps):
            self.do(("deliver", 1000))
            if not self.ask(limit) and not self.server.sent:
                break
        else:
            raise AssertionError(f"not at the end after {steps} steps: {self.sync}")
        assert self.sync.live
        assert not self.sync.ahead
        assert (self.sync.rev, self.sync.seq) == (self.server.rev, self.server.head)
        assert self.listener.last == self.server.head
        for seq, message in self.listener.told.items():
            if seq >= self.server.first_seq:
                assert message == self.server.messages[seq]


@MORE
@given(st.lists(STEP, max_size=60), st.integers(1, 6))
def test_events_are_delivered_once_and_in_order(steps: list[Step], limit: int) -> None:
    talk = Talk()
    talk.do_all(*steps)
    talk.finish(limit)
    assert talk.listener.resynced == []
    assert talk.listener.told == talk.server.messages


@MORE
@given(st.lists(st.one_of(STEP, STEP, RARE), max_size=60), st.integers(1, 6))
def test_pruned_messages_and_restored_backups(steps: list[Step], limit: int) -> None:
    talk = Talk()
    talk.do_all(*steps)
    talk.finish(limit)


@pytest.mark.parametrize("limit", [1, 2, 3, 200])
def test_missed_messages_that_were_edited_are_delivered_once(limit: int) -> None:
    """All missed messages were edited later in reverse order, so rev order is not seq order."""
    talk = Talk()
    talk.do_all(("cut", 0), ("send", 20), *(("edit", seq) for seq in range(20, 0, -1)))
    talk.finish(limit)
    assert len(talk.listener.told) == 21
    assert talk.listener.space == SPACE - 21, "each is told once, as it is now"


def test_messages_read_ahead_and_then_pruned_are_forgotten() -> None:
    talk = Talk()
    talk.do_all(("cut", 0), ("send", 3), ("edit", 1), ("pull", 1), ("pull", 1), ("pull", 2))
    talk.do(("prune", 1))
    assert (talk.sync.rev, talk.sync.seq) == (3, 3)
    assert talk.sync.ahead == {1: 4}
    # No message is left with the last rev, so the page itself must report the rev.
    talk.do(("pull", 1))
    assert (talk.sync.live, talk.sync.rev, talk.sync.ahead) == (True, 4, {})


def test_messages_pruned_in_a_hole_are_reported_as_a_resync() -> None:
    """The server cannot notice the gap, since no rev is missing."""
    talk = Talk()
    talk.do_all(("cut", 0), ("send", 3), ("edit", 1), ("edit", 3), ("send", 1))
    talk.do_all(*[("ask", 2), ("deliver", 1)] * 3)
    assert (talk.sync.rev, talk.sync.seq) == (4, 2)  # seq 3, at rev 3, was not received
    talk.do(("prune", 3))
    talk.finish(2)
    assert talk.listener.resynced == ["pruned"]
    assert list(talk.listener.told) == [4, 5]


def test_a_message_read_ahead_that_changes_before_the_resume_is_delivered() -> None:
    talk = Talk()
    talk.do_all(("cut", 0), ("send", 3), ("edit", 1), ("pull", 1), ("pull", 1))
    assert talk.sync.ahead == {1: 4}
    talk.do(("edit", 1))
    talk.finish(1)
    assert talk.listener.told[1].text == "at 5"


def test_a_resync_waits_for_space() -> None:
    talk = Talk()
    talk.do_all(("send", 3), ("deliver", 3), ("take", 0), ("restore", 2), ("pull", 5))
    assert talk.listener.resynced == []
    assert (talk.sync.epoch, talk.sync.live) == ("first", False)
    talk.finish(5)
    assert talk.listener.resynced == ["epoch_changed"]


def test_a_copy_put_back_and_restarted_once_more_is_noticed() -> None:
    """The lost messages were heard, and their seqs were reused before the client reconnected."""
    talk = Talk()
    talk.do_all(("send", 3), ("save", 0), ("send", 3), ("pull", 9), ("put back", 0))
    talk.do_all(("send", 2), ("restart", 0), ("send", 2))
    talk.finish(9)
    assert talk.listener.resynced == ["epoch_changed"]


def test_a_copy_put_back_that_lacks_nothing_that_was_heard_is_no_resync() -> None:
    talk = Talk()
    talk.do_all(("send", 3), ("pull", 9), ("cut", 0), ("save", 0), ("send", 3), ("put back", 0))
    talk.finish(9)
    assert talk.listener.resynced == []
