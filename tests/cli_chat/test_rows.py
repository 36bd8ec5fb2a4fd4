"""Layout and paging for a given size, without a terminal."""

from itertools import pairwise

import attrs
import pytest
from prompt_toolkit.utils import get_cwidth

from chatroom.cli.chat import view
from chatroom.cli.chat.events import apply
from chatroom.cli.chat.layout import (
    Row,
    page_down,
    page_up,
    shorten,
    show_divider,
    upwards,
    wrap,
)
from chatroom.cli.chat.state import State
from chatroom.cli.chat.types import Facts, Pending
from chatroom.cli.chat.window import Place
from chatroom.client import MessageChanged, Reaction, ServerChanged
from chatroom.model import Announcement, Quoted, ServerState

from .test_state import entry, message, opened

WIDTH, HEIGHT = 40, 6


def text(row: Row) -> str:
    return "".join(part for _, part in row).rstrip()


def pane(state: State, height: int = HEIGHT) -> list[str]:
    rows = view.messages(state, WIDTH, height)
    assert len(rows) == height
    assert all(get_cwidth(text(row)) <= WIDTH for row in rows)
    return [text(row) for row in rows]


def numbers(state: State) -> list[int]:
    return [int(row.rsplit(" ", 1)[1]) for row in pane(state) if "text " in row]


def long_room(read: int = 30, unread: int = 0) -> State:
    return opened(*(message(seq) for seq in range(1, 31)), read=read, unread=unread)


# ---- wrapping


@pytest.mark.parametrize(
    ("line", "rows"),
    [
        ("", [""]),
        ("one two", ["one", "two"]),
        ("abcde", ["abcde"]),
        ("abcdefghijk", ["abcde", "fghij", "k"]),
        ("ab cdefghij", ["ab", "cdefg", "hij"]),
        ("abcde fg", ["abcde", "fg"]),
        ("\u4f60\u597d\u4e16", ["\u4f60\u597d", "\u4e16"]),  # two columns each
        ("ab  cd", ["ab", "cd"]),
    ],
)
def test_wrapping(line: str, rows: list[str]) -> None:
    assert [row.rstrip() for row in wrap(line, 5)] == rows


@pytest.mark.parametrize("width", range(1, 12))
def test_wrapping_loses_no_word(width: int) -> None:
    line = "the quick brown fox \u4f60\u597d jumps over averyverylongword and   more"
    rows = wrap(line, width)
    assert "".join("".join(rows).split()) == "".join(line.split())
    assert all(get_cwidth(row) <= max(2, width) for row in rows)


def test_shortening() -> None:
    assert shorten("general", 7) == "general"
    assert shorten("general", 6) == "gener\N{HORIZONTAL ELLIPSIS}"
    assert get_cwidth(shorten("\u4f60\u597d\u4e16", 4)) <= 4


# ---- the pane


def test_messages_stand_at_the_bottom() -> None:
    rows = pane(opened(message(1), message(2)))
    assert rows[:2] == ["", "This is where #hall begins."]
    assert rows[-1].endswith(" bob  text 2")


def test_lines_and_the_words_of_a_message_are_indented() -> None:
    rows = pane(opened(message(1, text="a b " * 12 + "\nnext")))
    assert rows[-1][11:] == "next"
    assert rows[-1].startswith(" " * 11)


def test_a_narrow_pane_still_shows_everything() -> None:
    state = opened(message(1, sender="a" * 60, text="word " * 5))
    for width in (1, 2, 5, 10, 20, 30):
        rows = view.messages(state, width, 40)
        said = "".join(text(row).replace(" ", "") for row in rows)
        assert said.count("word") == 5 or width < 5


def test_deleted_edited_and_answered_messages() -> None:
    state = opened(
        message(1, deleted=True, text=""),
        message(2, edited_at=1),
        message(3, reply_to=2),
        message(4, reply_to=1),
        message(5, reply_to=9),
    )
    rows = pane(state, 12)
    assert any(row.endswith("bob  (deleted)") for row in rows)
    assert any(row.endswith("text 2 (edited)") for row in rows)
    assert any(row.endswith("bob: text 2") for row in rows)
    assert any(row.endswith("bob: (deleted)") for row in rows)
    assert any(row.endswith("an earlier message") for row in rows)


def test_answers_to_messages_that_are_not_loaded() -> None:
    state = opened(message(10, reply_to=1), message(11, reply_to=2), message(12, reply_to=3))
    picture = Quoted(2, 2, "carol", "", files=1, file_type="image/png")
    several = Quoted(3, 3, "carol", "look", files=2, file_type="image/png")
    state.quoted |= {1: Quoted(1, 1, "carol", "hi"), 2: picture, 3: several}
    rows = pane(state, 12)
    assert any(row.endswith("carol: hi") for row in rows)
    assert any(row.endswith("carol: [a picture]") for row in rows)
    assert any(row.endswith("carol: look [2 files]") for row in rows)
    apply(state, MessageChanged(message(1, rev=20, text="ho")), 0)
    assert any(row.endswith(("carol: ho", "bob: ho")) for row in pane(state, 12))


def test_reactions_are_a_line_below_the_message() -> None:
    up, heart = Reaction("\U0001f44d", 12, ("bob",)), Reaction("\u2764\ufe0f", 1, ("alice",))
    state = opened(message(1, reactions=(up, heart)))
    assert pane(state)[-1].split() == ["\U0001f44d", "12", "\u2764\ufe0f", "1"]
    [line] = [row for row in view.messages(state, WIDTH, HEIGHT) if heart.emoji in text(row)]
    assert [style for style, part in line if part.strip()] == ["class:dim", "class:mention"]
    for width in (1, 8, 12):
        said = "".join(text(row) for row in view.messages(state, width, 20))
        assert "12" in said


def test_a_pinned_message_says_so() -> None:
    assert pane(opened(message(1, pinned_by="alice")))[-1].endswith("text 1 (pinned)")


def test_controls_are_shown_as_replacements() -> None:
    evil = "\x1b]0;x\x07\x9b\u202e"
    state = opened(message(1, sender=evil, text=evil))
    state.facts = Facts(evil, evil, frozenset({evil}))
    state.typing[evil] = 1
    state.put_entry(entry(evil))
    state.window.notice(evil)
    drawn = [
        *view.messages(state, WIDTH, HEIGHT),
        *view.sidebar(state, 20, 5),
        view.header(state, 80),
        view.typing(state, 80),
        view.status(state, 80),
    ]
    assert not any(char in text(row) for row in drawn for char in evil if char not in "]0;x")
    assert sum(text(row).count("\N{REPLACEMENT CHARACTER}") for row in drawn) > 20


def test_pending_messages_come_last() -> None:
    state = opened(message(1))
    state.sending(Pending("id", "hall", "on its way"))
    state.sending(Pending("id2", "den", "not here"))
    assert pane(state)[-1].endswith("\N{HORIZONTAL ELLIPSIS}   alice  on its way")


# ---- paging


def test_paging_up_and_down_skips_no_message() -> None:
    state = long_room()
    seen = [numbers(state)]
    for _ in range(9):
        page_up(state, WIDTH, HEIGHT)
        seen.append(numbers(state))
    for up, down in pairwise(seen):
        assert not up or up[0] - 1 <= down[-1]
    assert pane(state)[0].startswith("This is where")
    assert pane(state)[2].endswith("text 1")
    while state.window.bottom is not None:
        page_down(state, WIDTH, HEIGHT)
    assert numbers(state) == list(range(25, 31))


def test_older_messages_are_wanted_before_the_top_is_reached() -> None:
    state = long_room()
    state.window.older = True
    wanted = [page_up(state, WIDTH, HEIGHT) for _ in range(5)]
    assert wanted[0] is False
    assert wanted[-1] is True
    state.window.older = False
    assert not page_up(state, WIDTH, HEIGHT)


def test_new_messages_do_not_move_the_view() -> None:
    state = long_room()
    page_up(state, WIDTH, HEIGHT)
    before = pane(state)
    for seq in range(31, 40):
        state.window.apply(message(seq))
    state.window.put_before(1, [], older=False)
    assert pane(state) == before
    assert "End: the newest" in text(view.typing(state, WIDTH))


def test_paging_down_stops_at_the_last_loaded_message() -> None:
    state = long_room()
    state.window.newer = True
    state.window.bottom = Place(20, 0)
    assert page_down(state, WIDTH, HEIGHT)
    for _ in range(3):
        page_down(state, WIDTH, HEIGHT)
    assert state.window.bottom == Place(30, 0)


def test_the_divider_is_put_on_the_first_row() -> None:
    state = long_room(read=10, unread=20)
    assert show_divider(state, WIDTH, HEIGHT)
    rows = pane(state)
    assert "\N{BOX DRAWINGS LIGHT HORIZONTAL} new" in rows[0]
    assert rows[1].endswith("text 11")
    few = long_room(read=28, unread=2)
    assert show_divider(few, WIDTH, HEIGHT)
    assert few.window.bottom is None


def test_the_divider_is_below_own_messages() -> None:
    state = opened(message(1), message(2, "alice"), message(3), read=1, unread=1)
    rows = pane(state, 8)
    assert "new" in rows[-2]
    assert rows[-1].endswith("text 3")


def test_unread_messages_may_not_be_loaded() -> None:
    state = opened(*(message(seq) for seq in range(50, 60)), read=10, unread=49)
    assert not show_divider(state, WIDTH, HEIGHT)


def test_a_place_that_is_gone_shows_the_nearest() -> None:
    state = long_room()
    state.window.bottom = Place(1000, 7)
    assert numbers(state) == list(range(25, 31))
    state.window.bottom = Place(0, 7)
    assert next(upwards(state, WIDTH))[0].key == 0


# ---- sidebar and bars


def test_the_list_of_rooms_with_counts() -> None:
    state = opened()
    state.put_entry(entry("den", unread=12, mentions=2))
    state.put_entry(entry("@alice:bob", unread=1))
    rows = [text(row) for row in view.sidebar(state, 20, 10)]
    assert rows == [" #den         @2 12", ">#hall", " @bob             1"]


def test_more_rooms_than_fit() -> None:
    state = opened()
    for number in range(30):
        state.put_entry(entry(f"room{number:02}"))
    state.shown = "room15"
    rows = [text(row) for row in view.sidebar(state, 20, 10)]
    assert len(rows) == 10
    assert ">#room15" in rows
    assert rows[0].endswith("more")
    assert rows[-1].endswith("more")
    for shown in state.rooms:
        state.shown = shown
        assert f">#{shown}" in [text(row) for row in view.sidebar(state, 20, 10)]


def test_typing_in_words() -> None:
    state = opened()
    said = []
    for name in ("", "bob", "carol", "dave", "erin"):
        if name:
            state.typing[name] = 1
        said.append(text(view.typing(state, 60)).strip(" \N{HORIZONTAL ELLIPSIS}"))
    assert said == [
        "",
        "bob is typing",
        "bob and carol are typing",
        "bob, carol and dave are typing",
        "several people are typing",
    ]


def test_the_bars_have_the_width_of_the_screen() -> None:
    state = opened()
    state.facts = Facts("A title", "and a topic " * 20, frozenset({"bob", "carol"}))
    for width in (1, 10, 40, 200):
        for bar in (view.header, view.typing, view.status):
            assert sum(get_cwidth(part) for _, part in bar(state, width)) == width
    assert "online: bob, carol" in text(view.header(state, 120))
    state.put_entry(attrs.evolve(entry("~1"), title="alice, Bob"))
    state.open("~1", (), 0, Facts("alice, Bob"))
    assert text(view.header(state, 80)) == " #alice, Bob"
    state.open("hall", (), 0, Facts("A title"))
    state.connected = False
    state.sending(Pending("id", "hall", "hi"))
    assert "connection lost, reconnecting\N{HORIZONTAL ELLIPSIS}, 1 to send" in text(
        view.status(state, 100)
    )


def test_what_the_server_tells_everybody_is_above_all() -> None:
    state = opened(message(1))
    assert view.banner(state, WIDTH, 0) == []
    notice = Announcement(7, "cake in the kitchen, and tea for all who come", until=100)
    told = ServerState("chatroom", read_only="we move", announcement=notice)
    apply(state, ServerChanged(**attrs.asdict(told, recurse=False)), 0)
    assert [text(row) for row in view.banner(state, WIDTH, 99)] == [
        " The server is read-only: we move",
        " cake in the kitchen, and tea for all",
        "who come  (/dismiss)",
    ]
    assert len(view.banner(state, WIDTH, 100)) == 1  # it has ended
    state.dismissed = notice.at
    assert len(view.banner(state, WIDTH, 99)) == 1
