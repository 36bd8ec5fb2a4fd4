import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatroom.search.tokens import MAX_TOKEN_CHARS, is_whole, tokens

TEXTS = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from(
            "aB9 é\u0301\u0308İıßﬁ_-'.,½한글ㄱ今日はｶﾞがกำ้ក្ක\u200b\u200d👩🏽🎉ऀकि\u09c7\u09be"
        ),
    ),
    max_size=40,
)


def words(text: str) -> list[str]:
    return [token.text for token in tokens(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, world!", ["hello", "world"]),
        ("don't re-open snake_case v1.2", ["don", "t", "re", "open", "snake", "case", "v1", "2"]),
        ("Crème BRÛLÉE naïve Ångström", ["creme", "brulee", "naive", "angstrom"]),
        ("Łódź Straße Ørsted ﬁne Œuvre", ["lodz", "strasse", "orsted", "fine", "oeuvre"]),
        ("İstanbul ISTANBUL", ["istanbul", "istanbul"]),
        ("Ёлка ΆΣΣΟΣ", ["елка", "ασσοσ"]),
        ("שָׁלוֹם مُحَمَّد", ["שלום", "محمد"]),
        ("今日は", ["今", "日", "は"]),
        ("ガ ｶﾞ が", ["ガ", "ガ", "が"]),
        ("한국어 LG전자", ["한", "국", "어", "lg", "전", "자"]),
        ("ไทย", ["ไ", "ท", "ย"]),
        ("हिन्दी", ["हिन्दी"]),
        ("ＡＢＣ１２３", ["abc123"]),
        ("🎉 done 👩\u200d💻", ["🎉", "done", "👩", "💻"]),
        ("co\xadoperate می\u200cخواهم", ["cooperate", "میخواهم"]),
        ("!?… -- '\"", []),
        ("x" * 100, ["x" * MAX_TOKEN_CHARS]),
    ],
)
def test_examples(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(TEXTS)
@example("a\u0f73\u0f71")
def test_equivalent_texts_have_the_same_tokens(text: str) -> None:
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert words(composed) == words(decomposed)


@given(TEXTS)
def test_tokens_are_of_parts_of_the_text_in_order(text: str) -> None:
    last_start = last_end = 0
    for token in tokens(text):
        assert 0 <= token.start < token.end <= len(text)
        # They overlap only at a character that is parts of several words, such as a fraction.
        assert token.start >= last_start
        assert token.end >= last_end
        last_start, last_end = token.start, token.end


@given(TEXTS)
def test_a_token_stands_for_itself(text: str) -> None:
    """An index can store tokens with spaces between them, and nothing is folded twice."""
    found = words(text)
    assert words(" ".join(found)) == found
    for token in found:
        assert not set(token) & set(' "=.-_@:*()')
        assert "".join(token.split()) == token
        assert not is_whole(token) or len(token) == 1


@given(st.text(st.sampled_from("abcXYZ äÖé0 пРИ"), max_size=30))
def test_case_and_accents_do_not_matter(text: str) -> None:
    assert words(text.upper()) == words(text.lower())
    bare = unicodedata.normalize("NFD", text).translate({0x0301: None, 0x0308: None})
    assert words(bare) == words(text)


@given(st.text(st.sampled_from("今日天気はカ한국ไทยได้"), min_size=1, max_size=20), st.data())
def test_a_run_without_spaces_has_the_tokens_of_each_part(text: str, data: st.DataObject) -> None:
    low = data.draw(st.integers(0, len(text) - 1))
    part, whole = words(text[low : low + 2]), words(text)
    count = len(part)
    assert any(whole[n : n + count] == part for n in range(len(whole)))
