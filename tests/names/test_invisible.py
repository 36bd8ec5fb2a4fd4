"""Invisible characters are refused, except those that scripts and emoji need."""

import pytest

from chatroom.names.invisible import has_invisible, visible

FLAG_OF_ENGLAND = (
    "\U0001f3f4" + "".join(chr(0xE0000 + ord(char)) for char in "gbeng") + "\U000e007f"
)


@pytest.mark.parametrize(
    "name",
    [
        "Alice Liddell",
        "Zo\u00eb",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian: a joiner that keeps apart
        "\u0915\u094d\u200d\u0937",  # Hindi: half a letter
        "\u0dc1\u0dca\u200d\u0dbb\u0dd3",  # Sinhala
        "\u09b0\u200d\u09cd\u09af",  # Bengali: the joiner stands before the virama
        "\u845b\U000e0100",  # Japanese: a form of a letter that is somebody's name
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",  # a family
        "\U0001f469\U0001f3fd\u200d\U0001f680",  # with a tone of skin
        "\u2764\ufe0f",
        "\U0001f3f4\u200d\u2620\ufe0f",
        "\U0001f441\ufe0f\u200d\U0001f5e8\ufe0f",
        "1\ufe0f\u20e3",
        "\u2139\ufe0f",
        FLAG_OF_ENGLAND,
    ],
)
def test_characters_that_scripts_and_emoji_need_are_allowed(name: str) -> None:
    assert not has_invisible(name)
    assert not has_invisible(f"a {name} b")


@pytest.mark.parametrize(
    "name",
    [
        "\u202elleddiL ecilA",
        "\u2066Alice\u2069",
        "Alice\u200e",
        "Alice\u061c",
        "Alice\u200bLiddell",
        "Al\u00adice",
        "Al\u034fice",
        "a\u200db",
        "a\u200cb",
        "a\ufe0f",
        "1\ufe0f",
        "^\u200d^",
        "\u3164",
        "\u2800",
        "\u115f\u1160",
        "\ufeffAlice",
        "Alice\U000e0061",
        "\U0001f3f4\U000e0067",
        "\u200d\U0001f467",
        "\U0001f467\u200d",
        "\U0001f467\u200d\u200d\U0001f467",
    ],
)
def test_other_invisible_characters_are_refused(name: str) -> None:
    assert has_invisible(name)


def test_visible_characters() -> None:
    assert visible("Al\u200bi\ufe0fce") == "Alice"
