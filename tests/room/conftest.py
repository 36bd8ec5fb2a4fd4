"""Fixtures for tests of what happens while a page is read from the store."""

import pytest

from chatroom.hub.channel import Channel
from chatroom.hub.message_cache import MessageCache


@pytest.fixture
def no_message_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MessageCache, "between", lambda *_: None)
    monkeypatch.setattr(Channel, "events_since", lambda *_: None)
