"""The latest commits that a store keeps for followers."""

import pytest

from chatroom.store.events import MemberRemoved
from chatroom.store.news import RoomNews
from chatroom.store.sql import news
from chatroom.store.sql.news import RecentCommits


def commit(room: str, version: int) -> RoomNews:
    return RoomNews(room, version, (MemberRemoved("alice"),))


def test_only_the_rooms_with_the_latest_commits_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news, "KEPT_ROOMS", 2)
    recent = RecentCommits()
    recent.add([commit("a", 1), commit("b", 1), commit("a", 2), commit("c", 1)])
    assert recent.since("a", 0) == [commit("a", 1), commit("a", 2)]
    assert recent.since("b", 0) is None
    assert recent.since("c", 0) == [commit("c", 1)]
