"""Slow commits are logged, with the size of their group."""

from pathlib import Path

import pytest

from chatroom.store.sqlite import writer

from .room_log import StoredRoom, opened


async def test_slow_commit_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(writer, "SLOW_S", -1.0)
    async with opened(tmp_path) as store:
        await StoredRoom(store).make("alice")
    assert {record.getMessage() for record in caplog.records} == {"a commit was slow"}
    assert {vars(record)["jobs"] for record in caplog.records} == {1}
