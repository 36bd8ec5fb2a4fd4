"""Lists of the terminal chat, without terminal or server."""

from typing import Any, cast

from chatroom.cli.chat.lists import MAX_SEARCH_PAGES, Lists
from chatroom.cli.chat.state import State
from chatroom.client import Chat
from chatroom.protocol.results import Found

from .test_state import message, opened


class SearchedChat:
    """Answers searches with pages that hold the messages of these seqs."""

    def __init__(self, *pages: tuple[int, ...]) -> None:
        self._pages = pages
        self.asked: list[tuple[int, str | None]] = []

    async def search(self, query: str, *, limit: int, cursor: str | None) -> Found:
        self.asked.append((limit, cursor))
        number = int(cursor or 0)
        messages = tuple(message(seq) for seq in self._pages[number])
        last = number + 1 == len(self._pages)
        return Found(messages, ((),) * len(messages), 0, None if last else str(number + 1))


async def searched(chat: SearchedChat) -> State:
    state = opened()
    await Lists(cast("Chat", chat), state).search("text")
    return state


def notices(state: State) -> list[Any]:
    return [row.text for row in state.window.notices]


async def test_a_search_goes_on_after_pages_that_are_not_full() -> None:
    chat = SearchedChat((), (9, 7), ())
    state = await searched(chat)
    assert chat.asked == [(20, None), (20, "1"), (18, "2")]
    heading, *lines = notices(state)
    assert heading == "Messages with text: 2"
    assert [line[-6:] for line in lines] == ["text 7", "text 9"]


async def test_a_search_ends_when_enough_is_found_or_too_many_pages_are_empty() -> None:
    many = tuple(range(20, 0, -1))
    for chat, pages in (
        (SearchedChat(many, (1,)), 1),
        (SearchedChat(*[()] * (MAX_SEARCH_PAGES + 1)), MAX_SEARCH_PAGES),
    ):
        state = await searched(chat)
        assert len(chat.asked) == pages
        assert notices(state)[-1] == "there may be older ones, which are not shown"
