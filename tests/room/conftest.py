"""For tests of what happens while a page is read from the store."""

import pytest

from chatroom.hub.channel import Channel
from chatroom.room.window import Window


@pytest.fixture
def no_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """No page is held in memory, whether by seq or by rev."""
    monkeypatch.setattr(Window, "page", lambda *_, **__: None)
    monkeypatch.setattr(Channel, "entries_since", lambda *_: None)
