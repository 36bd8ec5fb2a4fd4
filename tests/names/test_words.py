"""Words of names, by which people are found."""

import pytest

from chatroom.names.words import prefix_of, words_of


@pytest.mark.parametrize(
    ("name", "display_name", "words"),
    [
        ("bob", "Bob", " bob bob"),
        ("j.smith_2", "Jos\u00e9 O'Neill-Smith", " j smith 2 jose o neill smith"),
        ("x", "STRASSE Stra\u00dfe \u0130stanbul", " x strasse strasse istanbul"),
        ("x", "\u738b\u5c0f\u660e \uac15\ubbfc", " x \u738b\u5c0f\u660e \uac15\ubbfc"),
        ("x", "\u2728 \u2728", " x"),
    ],
)
def test_words(name: str, display_name: str, words: str) -> None:
    assert words_of(name, display_name) == words


@pytest.mark.parametrize(
    ("query", "prefix"),
    [
        ("", " "),
        ("  ", " "),
        ("%", " "),
        ("JOS\u00c9 o'", " jose o"),
        ("\uff2aos", " jos"),
    ],
)
def test_prefixes(query: str, prefix: str) -> None:
    assert prefix_of(query) == prefix
