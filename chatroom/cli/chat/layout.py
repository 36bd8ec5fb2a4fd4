"""Format a window's messages as rows of the terminal, and scroll. Pure.

Rows are generated from the lowest visible one upwards, never for all messages, so that a long log
costs nothing. Every text has been sanitized by :func:`plain`.
"""

import zlib
from collections.abc import Iterator
from itertools import islice
from typing import Final, TypeAlias

from prompt_toolkit.utils import get_cwidth

from ...model import Message
from ..sanitize import file_of, files_of, local_time, plain, plain_lines
from .state import State
from .window import END, TOP, Place

Row: TypeAlias = list[tuple[str, str]]
"""(style, text) pairs from left to right, for prompt_toolkit."""
Placed: TypeAlias = tuple[Place, Row]

NAME_WIDTH: Final = 16
NAME_STYLES: Final = tuple(f"class:name{number}" for number in range(6))


# ---- rows


def rows_of(state: State, key: int, width: int) -> list[Row]:
    if key == TOP:
        rows = _top(state, width)
    elif key == END:
        rows = [
            row
            for line in state.pending.values()
            if line.room == state.shown
            for row in _speech_rows(
                state, "  \N{HORIZONTAL ELLIPSIS}   ", state.me, line.text, width, "class:dim"
            )
        ]
    else:
        message = state.window.messages[key]
        rows = [*_above(state, message, width), *_message(state, message, width)]
    for notice in state.window.notices:
        if notice.after == key:
            rows += [[("class:notice", line)] for line in _wrapped_lines(notice.text, width)]
    return rows


def _top(state: State, width: int) -> list[Row]:
    if state.shown is None:
        text = "No room is open. Type /join general to open one, /help for more."
    elif state.draft is not None:
        text = f"No messages between you and {plain(state.draft)} yet."
    elif state.window.older:
        text = "PageUp for older messages"
    else:
        text = f"This is where {plain(state.label(state.shown))} begins."
    return [[("class:dim", line)] for line in wrap(text, width)]


def _above(state: State, message: Message, width: int) -> list[Row]:
    """Return the lines above a message: a new day, and the divider of new messages."""
    rows: list[Row] = []
    before = state.window.messages.get(message.seq - 1)
    day = local_time(message.timestamp).date()
    if before is None or local_time(before.timestamp).date() != day:
        rows.append(_ruled(f"{day:%A}, {day.day} {day:%B %Y}", width, "class:day"))
    divider = state.window.divider
    if divider is not None and _first_after(state, divider) == message.seq:
        rows.append(_ruled("new", width, "class:new"))
    return rows


def _first_after(state: State, divider: int) -> int | None:
    """Return the first message after the divider that another user sent."""
    messages = state.window.messages
    seq = divider + 1
    if seq not in messages:  # pruned, or not loaded
        seq = next((seq for seq in messages if seq > divider), seq)
    while seq in messages and messages[seq].sender == state.me:
        seq += 1
    return seq if seq in messages else None


def _ruled(text: str, width: int, style: str) -> Row:
    left = f"\N{BOX DRAWINGS LIGHT HORIZONTAL}\N{BOX DRAWINGS LIGHT HORIZONTAL} {text} "
    rest = max(0, width - get_cwidth(left))
    return [(style, left + "\N{BOX DRAWINGS LIGHT HORIZONTAL}" * rest)]


def _message(state: State, message: Message, width: int) -> list[Row]:
    time = f"{local_time(message.timestamp):%H:%M} "
    if message.deleted:
        return _speech_rows(state, time, message.sender, "(deleted)", width, "class:dim")
    text = message.text
    if message.reply_to is not None:
        text = f"{_quoted(state, message.reply_to)}\n{text}"
    style = "class:mention" if message.mentioned(state.me) else ""
    if message.seq == state.editing:
        style = "class:editing"
    rows = _speech_rows(state, time, message.sender, text, width, style)
    if message.edited_at is not None:
        _append(rows, "(edited)", width)
    for attachment in message.attachments:
        _append(rows, file_of(attachment), width)
    if message.pinned_by is not None:
        _append(rows, "(pinned)", width)
    if (thread := state.threads.get(message.seq)) is not None:
        _append(rows, f"(thread {thread.root}: {thread.count})", width)
    if message.reactions:
        rows += _reactions(state, message, width)
    return rows


def _reactions(state: State, message: Message, width: int) -> list[Row]:
    """Return the line of reactions. Those in which the message names the user stand out."""
    rows: list[Row] = [[("", "      ")]]
    used = 6
    for reaction in message.reactions:
        text = f" {plain(reaction.emoji)} {reaction.count} "
        if used > 6 and used + get_cwidth(text) > width:
            rows.append([("", "      ")])
            used = 6
        style = "class:mention" if state.me in reaction.users else "class:dim"
        rows[-1].append((style, text))
        used += get_cwidth(text)
    return rows


def _quoted(state: State, seq: int) -> str:
    answered = state.window.messages.get(seq) or state.quoted.get(seq)
    if answered is None:  # pruned
        return "\N{RIGHTWARDS ARROW WITH HOOK} an earlier message"
    words = ["(deleted)"] if answered.deleted else [*answered.text.split(), *files_of(answered)]
    said = shorten(" ".join(words), 40)
    return f"\N{RIGHTWARDS ARROW WITH HOOK} {state.users.label(answered.sender)}: {said}"


def _append(rows: list[Row], mark: str, width: int) -> None:
    used = sum(get_cwidth(text) for _, text in rows[-1])
    if used + 1 + len(mark) <= width:
        rows[-1].append(("class:dim", f" {mark}"))
    else:
        rows.append([("class:dim", f"      {mark}")])


def _speech_rows(
    state: State, time: str, sender: str, text: str, width: int, style: str
) -> list[Row]:
    name = shorten(plain(state.users.label(sender)), NAME_WIDTH)
    head = get_cwidth(time) + get_cwidth(name) + 2
    indent = head if width - head >= 20 else min(len(time), width // 4)
    lines = _wrapped_lines(text, max(1, width - indent))
    first: Row = [("class:dim", time), (name_style(sender), name), ("", "  ")]
    if indent == head:
        first.append((style, lines.pop(0)))
    return [first, *([("", " " * indent), (style, line)] for line in lines)]


def name_style(name: str) -> str:
    return NAME_STYLES[zlib.crc32(name.encode()) % len(NAME_STYLES)]


def _wrapped_lines(text: str, width: int) -> list[str]:
    return [row for line in plain_lines(text) for row in wrap(line, width)]


def wrap(line: str, width: int) -> list[str]:
    """Wrap a line at spaces if possible. ``width`` is in terminal columns, not characters."""
    rows: list[str] = []
    row, used, space = "", 0, 0  # a row is broken after its last space
    for char in line:
        columns = get_cwidth(char)
        if used + columns > width and row:
            head, rest = (row[:space], row[space:]) if space and char != " " else (row, "")
            rows.append(head.rstrip(" ") or head)
            row, used, space = rest, get_cwidth(rest), 0
            if char == " " and not row:
                continue
        row += char
        used += columns
        if char == " ":
            space = len(row)
    return [*rows, row]


def shorten(text: str, width: int) -> str:
    if get_cwidth(text) <= width:
        return text
    while text and get_cwidth(text) > width - 1:
        text = text[:-1]
    return f"{text}\N{HORIZONTAL ELLIPSIS}"


# ---- scrolling


def upwards(state: State, width: int) -> Iterator[Placed]:
    """Yield rows from the lowest visible one upwards."""
    keys = _keys(state)
    bottom = state.window.bottom or Place(END, 0)
    for key in reversed(keys):
        if key > bottom.key:
            continue
        rows = rows_of(state, key, width)
        if key == bottom.key and state.window.bottom is not None:
            rows = rows[: bottom.number + 1]
        for number in reversed(range(len(rows))):
            yield Place(key, number), rows[number]


def _downwards(state: State, width: int, top: Place) -> Iterator[Place]:
    """Yield rows from ``top`` downwards."""
    for key in _keys(state):
        if key >= top.key:
            for number in range(len(rows_of(state, key, width))):
                if key > top.key or number >= top.number:
                    yield Place(key, number)


def _keys(state: State) -> list[int]:
    return [TOP, *state.window.messages, END]


def page_up(state: State, width: int, height: int) -> bool:
    """Scroll up by a page. Returns whether to load older messages."""
    step = max(1, height - 1)
    above = [place for place, _ in islice(upwards(state, width), 4 * height)]
    # Not beyond the first row, so that the pane stays full.
    if (move := min(step, len(above) - height)) > 0:
        state.window.bottom = above[move]
    return len(above) < 4 * height and state.window.older


def page_down(state: State, width: int, height: int) -> bool:
    """Scroll down by a page. Returns whether to load newer messages."""
    bottom = state.window.bottom
    if bottom is None:
        return False
    below = list(islice(_downwards(state, width, bottom), 1, 4 * height))
    step = max(1, height - 1)
    if len(below) > step:
        state.window.bottom = below[step - 1]
    elif state.window.newer:
        state.window.bottom = below[-1] if below else bottom
    else:
        state.window.bottom = None
    return len(below) < 4 * height - 1 and state.window.newer


def show_divider(state: State, width: int, height: int) -> bool:
    """Scroll to the divider of new messages. Returns False if it is not loaded."""
    window = state.window
    divider = window.divider
    first = None if divider is None else _first_after(state, divider)
    if first is None or divider is None:
        return False
    if window.first is not None and window.first > divider + 1 and window.older:
        return False
    below = list(islice(_downwards(state, width, Place(first, 0)), height))
    end = len(below) < height and not window.newer
    window.bottom = None if end else below[-1]
    return True
