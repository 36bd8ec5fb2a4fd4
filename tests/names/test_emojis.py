"""Exactly one emoji is accepted, and the forms of one emoji are the same."""

import pytest

from chatroom.names.emojis import MAX_CHARS, emoji_of

HEART = "\u2764\ufe0f"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
KEYCAP = "1\ufe0f\u20e3"
FLAG = "\U0001f1e9\U0001f1ea"
LONGEST = "\U0001f468\U0001f3ff\u200d\u2764\ufe0f\u200d\U0001f48b\u200d\U0001f468\U0001f3ff"


@pytest.mark.parametrize(
    "emoji", ["\U0001f44d", "\U0001f44d\U0001f3fd", HEART, FAMILY, KEYCAP, FLAG, LONGEST]
)
def test_an_emoji_is_one_with_and_without_variation_selectors(emoji: str) -> None:
    assert emoji_of(emoji) == emoji
    assert emoji_of(emoji.replace("\ufe0f", "")) == emoji
    assert len(emoji) <= MAX_CHARS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "1",
        "#",
        "\U0001f44d\U0001f44d",
        "\U0001f44d ",
        ":+1:",
        "\u200d",
        "\ufe0f",
        "\U0001f3fd",  # a tone of skin alone
        "\U0001f1e9",  # half a flag
        "\u2764\ufe0e",  # in text style
        "\U0001f44d\u0301",
        "\U0001f44d" + "\ufe0f" * MAX_CHARS,
    ],
)
def test_anything_else_is_none(text: str) -> None:
    assert emoji_of(text) is None
