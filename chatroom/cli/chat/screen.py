"""Panes, keys and the input line. Maps keys to calls of :class:`Controller`, and draws the rows of
the view."""

import time
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import urlsplit

from prompt_toolkit.application import Application, get_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import (
    BufferControl,
    ConditionalContainer,
    Dimension,
    Float,
    FloatContainer,
    HSplit,
    Layout,
    UIContent,
    UIControl,
    VSplit,
    Window,
)
from prompt_toolkit.layout.menus import CompletionsMenu
from prompt_toolkit.layout.processors import BeforeInput
from prompt_toolkit.styles import Style

from ..sanitize import plain
from . import view
from .completion import completions
from .controller import Controller
from .layout import Row
from .state import State

MIN_WIDTH_WITH_ROOMS: Final = 60
"""Columns below which the list of rooms is hidden."""
ESCAPE_TIMEOUT_S: Final = 0.1
"""A key within this time after Escape counts as Alt and the key."""

STYLE: Final = Style.from_dict(
    {
        "bar": "reverse",
        "lost": "reverse bold ansired",
        "dim": "ansibrightblack",
        "day": "ansibrightblack",
        "new": "ansired",
        "notice": "ansiyellow",
        "mention": "bold ansiyellow",
        "announcement": "reverse ansiyellow",
        "editing": "reverse",
        "here": "reverse",
        "unread": "bold",
        "mentioned": "bold ansired",
        "name0": "ansicyan",
        "name1": "ansigreen",
        "name2": "ansimagenta",
        "name3": "ansiblue",
        "name4": "ansibrightcyan",
        "name5": "ansibrightgreen",
    }
)


class Pane(UIControl):
    """A pane drawn for its current size, which it stores."""

    def __init__(self, draw: Callable[[int, int], list[Row]]) -> None:
        self._draw = draw
        self.size = (80, 20)

    def create_content(self, width: int, height: int) -> UIContent:
        self.size = (width, height)
        rows = self._draw(width, height)
        return UIContent(lambda number: list(rows[number]), len(rows), show_cursor=False)


class Screen:
    def __init__(self, state: State) -> None:
        self._state = state
        self._messages = Pane(lambda width, height: view.messages(state, width, height))
        self._input = Buffer(multiline=True, completer=_Names(state), complete_while_typing=False)
        self._application: Application[None] | None = None
        self._waiting: int | None = None  # as the terminal was told last

    def size(self) -> tuple[int, int]:
        """Return width and height of the pane of messages as last drawn."""
        return self._messages.size

    def redraw(self) -> None:
        if self._application is not None:
            self._application.invalidate()

    def application(self, controller: Controller) -> Application[None]:
        self._input.on_text_changed += lambda buffer: controller.typed(
            buffer.text, buffer.document.text_before_cursor
        )
        self._application = Application(
            layout=Layout(self._layout()),
            key_bindings=self._keys(controller),
            style=STYLE,
            full_screen=True,
            enable_page_navigation_bindings=False,
        )
        self._application.after_render += self._call
        self._application.ttimeoutlen = self._application.timeoutlen = ESCAPE_TIMEOUT_S
        return self._application

    def _call(self, application: Application[None]) -> None:
        """Show in the terminal's title how many messages are for the user. Ring for a new one."""
        waiting = self._state.inbox.for_me(self._state.shown)
        if waiting == self._waiting:
            return
        if waiting > (self._waiting or 0) and self._waiting is not None:
            application.output.bell()
        self._waiting = waiting
        server = urlsplit(self._state.server).netloc
        application.output.set_title(f"({waiting}) {server}" if waiting else server)
        application.output.flush()

    def _layout(self) -> FloatContainer:
        state = self._state

        def line(draw: Callable[[State, int], Row]) -> Window:
            return Window(Pane(lambda width, _: [draw(state, width)]), height=1)

        rooms = Pane(lambda width, height: view.sidebar(state, width, height))
        wide = Condition(lambda: get_app().output.get_size().columns >= MIN_WIDTH_WITH_ROOMS)
        typed = BufferControl(
            self._input, input_processors=[BeforeInput(lambda: view.prompt(state))]
        )
        columns = [
            ConditionalContainer(Window(rooms, width=view.SIDEBAR), wide),
            ConditionalContainer(
                Window(width=1, char="\N{BOX DRAWINGS LIGHT VERTICAL}", style="class:dim"), wide
            ),
            HSplit(
                [
                    line(view.header),
                    Window(self._messages),
                    line(view.typing),
                    Window(
                        typed,
                        height=Dimension(min=1, max=6),
                        wrap_lines=True,
                        dont_extend_height=True,
                    ),
                ]
            ),
        ]

        def banner(width: int) -> list[Row]:
            return view.banner(state, width, int(time.time() * 1000))

        def height() -> int:
            return len(banner(get_app().output.get_size().columns))

        banners = Window(Pane(lambda width, _: banner(width)), height=height)
        return FloatContainer(
            HSplit(
                [
                    ConditionalContainer(banners, Condition(lambda: height() > 0)),
                    VSplit(columns),
                    line(view.status),
                ]
            ),
            [Float(CompletionsMenu(max_height=6), xcursor=True, ycursor=True)],
        )

    def _keys(self, controller: Controller) -> KeyBindings:
        keys = KeyBindings()
        typed = self._input
        empty = Condition(lambda: not typed.text)
        editing = Condition(lambda: self._state.editing is not None)

        @keys.add("enter")
        def _enter(_: KeyPressEvent) -> None:
            text = typed.text
            typed.reset()
            if kept := controller.enter(text):
                typed.document = Document(kept)

        @keys.add("escape", "enter")
        def _new_line(_: KeyPressEvent) -> None:
            typed.newline(copy_margin=False)

        @keys.add("up", filter=empty & ~editing)
        def _edit_last(_: KeyPressEvent) -> None:
            text = controller.take_cleared() or controller.edit_last()
            if text is not None:
                typed.document = Document(text)

        @keys.add("up", filter=~empty)
        def _up(_: KeyPressEvent) -> None:
            typed.cursor_up()

        @keys.add("down")
        def _down(_: KeyPressEvent) -> None:
            typed.cursor_down()

        @keys.add("escape", filter=editing)
        def _stop_editing(_: KeyPressEvent) -> None:
            typed.reset()
            controller.stop_editing()

        @keys.add("pageup")
        def _page_up(_: KeyPressEvent) -> None:
            controller.page_up()

        @keys.add("pagedown")
        def _page_down(_: KeyPressEvent) -> None:
            controller.page_down()

        @keys.add("c-end")
        @keys.add("end", filter=Condition(lambda: typed.document.is_cursor_at_the_end_of_line))
        def _to_end(_: KeyPressEvent) -> None:
            controller.to_end()

        @keys.add("escape", "up")
        @keys.add("c-p")
        def _room_above(_: KeyPressEvent) -> None:
            controller.go(-1)

        @keys.add("escape", "down")
        @keys.add("c-n")
        def _room_below(_: KeyPressEvent) -> None:
            controller.go(1)

        @keys.add("tab")
        def _complete(_: KeyPressEvent) -> None:
            found = [*typed.completer.get_completions(typed.document, CompleteEvent())]
            if typed.complete_state is not None:
                typed.complete_next()
            elif len(found) == 1:  # unambiguous
                typed.apply_completion(found[0])
            else:
                typed.start_completion(select_first=True)

        @keys.add("s-tab")
        def _complete_back(_: KeyPressEvent) -> None:
            typed.complete_previous()

        @keys.add("c-c", filter=~empty)
        def _clear(_: KeyPressEvent) -> None:
            controller.clear(typed.text)
            typed.reset()

        @keys.add("c-c", filter=empty)
        @keys.add("c-d", filter=empty)
        def _quit(_: KeyPressEvent) -> None:
            controller.quit()

        return keys


class _Names(Completer):
    def __init__(self, state: State) -> None:
        self._state = state

    def get_completions(self, document: Document, _: CompleteEvent) -> Iterable[Completion]:
        length, found = completions(self._state, document.text_before_cursor)
        for text in found:
            name = text.strip("@# ")
            shown = self._state.users.display_name(name)
            about = plain(shown) if text[:1] != "#" and shown != name else ""
            yield Completion(text, start_position=-length, display_meta=about)
