import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.model import Attachment, Message
from chatroom.search.documents import document, has, labelled, matched
from chatroom.search.query import MAX_RANGES, Phrase, parse, ranges

PIECES = st.sampled_from(
    ["ab", "abc", "b", "é", "今", "日今", "한국", "가", " ", " ", '"', "-", "🎉"]
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Hello world", [Phrase(("hello",), True), Phrase(("world",), True)]),
        ('"Hello world"', [Phrase(("hello", "world"), False)]),
        ("“hello” »world«", [Phrase(("hello",), False), Phrase(("world",), False)]),
        ('log "in now', [Phrase(("log",), True), Phrase(("in", "now"), False)]),
        ("don't", [Phrase(("don", "t"), True)]),
        ("今日", [Phrase(("今", "日"), False)]),
        (
            "iPhone手机 手机x",
            [Phrase(("iphone", "手", "机"), False), Phrase(("手", "机", "x"), True)],
        ),
        ("a A á", [Phrase(("a",), True)]),
        ('... "" -', []),
    ],
)
def test_queries(query: str, expected: list[Phrase]) -> None:
    assert list(parse(query)) == expected


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("Hello, hello world", "hell wor", ((0, 5), (7, 12), (13, 18))),
        ("hello world", '"hello wor"', None),
        ("world, hello", '"hello world"', None),
        ("say: hello... World!", '"hello world"', ((5, 19),)),
        ("Cafe\u0301 \U0001f389 cre\u0300me", "café creme", ((0, 5), (8, 14))),
        ("今日は天気", "天", ((3, 4),)),
        ("今日は天気", "日は", ((1, 3),)),
        ("ああああ", "ああ", ((0, 4),)),
        ("a b", "a c", None),
        ("x " * 500, "x", tuple((n * 2, n * 2 + 1) for n in range(MAX_RANGES))),
    ],
)
def test_ranges(text: str, query: str, expected: tuple[tuple[int, int], ...] | None) -> None:
    assert ranges(text, parse(query)) == expected


@given(TEXTS, TEXTS)
def test_documents_match_as_texts_do(text: str, query: str) -> None:
    phrases = parse(query)
    stored = document(message(text))
    contained = stored is not None and all(phrase.pattern in stored for phrase in phrases)
    if phrases:
        assert contained == (ranges(text, phrases) is not None)


@given(TEXTS)
def test_a_text_is_found_by_itself(text: str) -> None:
    phrases = parse(text)
    if phrases:
        assert ranges(text, phrases)


def test_labels_are_no_words() -> None:
    stored = document(message("room=den sender=bob has=link"))
    assert stored == " room=lobby sender=alice room den sender bob has link "
    bob, link = labelled("bob", "link")
    assert bob.pattern not in stored
    assert link.pattern not in stored


@pytest.mark.parametrize(
    ("text", "expected"),
    [("see https://example.org/x", True), ("HTTP://A.b", True), ("http:// x", False), ("x", False)],
)
def test_links(text: str, expected: bool) -> None:
    assert has(message(text), "link") == expected


def test_files_are_found_by_their_names() -> None:
    file = Attachment("0", "Report 2026.pdf", "application/pdf", 9)
    shown = attrs.evolve(message("look at this"), attachments=(file,))
    assert matched(shown, parse("repo")) == ()
    assert matched(shown, parse("look report")) == ((0, 4),)
    assert matched(shown, parse("other")) is None
    assert matched(attrs.evolve(shown, text=""), parse("2026")) == ()
    assert (has(shown, "file"), has(shown, "link")) == (True, False)
    assert not has(message("report"), "file")
    assert document(shown) == (" room=lobby sender=alice has=file look at this report 2026 pdf ")


def message(text: str) -> Message:
    return Message("lobby", 1, 1, "alice", text, 1000)
