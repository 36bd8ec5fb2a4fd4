"""Refusals as sentences."""

import pytest

from chatroom.cli.chat.refusals import sentence
from chatroom.client import CallRefused


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("room: you are banned", "You are banned."),
        ("room: you are muted until noon: noise", "You are muted until noon: noise."),
        (
            "displayName: must have at most 80 characters",
            "Display name must have at most 80 characters.",
        ),
        ("status.text: must be short", "Status must be short."),
        ("too many calls; wait", "Too many calls; wait."),
        ("alice: the name is taken", "alice: the name is taken."),
        ("room: it was deleted. Really!", "It was deleted. Really!"),
        ("room: \x1b[1m", "\N{REPLACEMENT CHARACTER}[1m."),
        ("", "Banned."),
    ],
)
def test_sentences(message: str, shown: str) -> None:
    assert sentence(CallRefused("banned", message)) == shown
