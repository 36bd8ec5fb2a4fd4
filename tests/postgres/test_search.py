"""What a search finds, whichever way PostgreSQL looks for it."""

import random

import pytest

from chatroom.store.postgres import search_match
from chatroom.store.store import Store

from ..store.test_search import live


@pytest.mark.parametrize(("entries", "scanned"), [(0, 1), (0, 10_000), (20, 3), (10_000, 3)])
async def test_any_history(
    store: Store, monkeypatch: pytest.MonkeyPatch, entries: int, scanned: int
) -> None:
    """The numbers decide which words the index is asked for, and how far a page looks."""
    monkeypatch.setattr(search_match, "MAX_ENTRIES", entries)
    monkeypatch.setattr(search_match, "MAX_SCANNED", scanned)
    await live(store, random.Random(entries + scanned))  # noqa: S311
