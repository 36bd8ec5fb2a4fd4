"""Constraints of values: the document's schemas and the codec's checks agree."""

from typing import Final

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.errors import Refused
from chatroom.protocol import results
from chatroom.protocol.asyncapi import document
from chatroom.protocol.codec import decode_params
from chatroom.protocol.constraints import CONSTRAINTS

from .document_validator import DocumentValidator, beyond_schema

DESCRIBED: Final = DocumentValidator(document())
RULE_NAMES: Final = {kind.__name__: kind for kind in CONSTRAINTS}
SHAPES: Final = {
    name: attrs.make_class(name, {"value": attrs.field(type=kind)})
    for name, kind in RULE_NAMES.items()
}

SEPARATORS: Final = st.sampled_from(
    ["", "\n", " ", ".", "-", "@", ":", "\0", "\x85", "\u2028", "A"]
)
NAMES: Final = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,70}", fullmatch=True)
TEXTS: Final = st.one_of(
    st.text(max_size=8),
    NAMES,
    st.builds("@{}:{}".format, NAMES, NAMES),
    st.builds("{}{}{}".format, SEPARATORS, NAMES, SEPARATORS),
    # About as long as the limit of a constraint.
    st.builds(
        lambda text, most, more: (text * most)[: most + more],
        st.text(min_size=1, max_size=3),
        st.sampled_from([64, 80, 160, 250, 256, results.FRAME_BYTES]),
        st.integers(-1, 1),
    ),
)
VALUES: Final = st.one_of(
    TEXTS,
    st.integers(),
    st.sampled_from([-1, 0, 1, 200, 201, 2**53 - 1, 2**53, 2**53 + 1]),
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False),
    st.lists(TEXTS, max_size=2),
    st.dictionaries(TEXTS, TEXTS, max_size=2),
)


def checked(name: str, value: object) -> object:
    """Return the value decoded by the codec; None if it is refused."""
    try:
        return decode_params(SHAPES[name], {"value": value}).value
    except Refused:
        return None


@pytest.mark.parametrize("name", RULE_NAMES)
@given(value=VALUES)
def test_constraints_match_the_document(name: str, value: object) -> None:
    result = checked(name, value)
    if DESCRIBED.schema(name).is_valid(value):
        assert result is not None or beyond_schema(value)
    elif result is not None:
        # Valid after normalisation.
        assert result != value
        assert name in ("Title", "Topic")
        assert DESCRIBED.schema(name).is_valid(result)
