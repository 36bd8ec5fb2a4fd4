"""Documents: what an index stores of a message, as one string.

It consists of tokens, each between two spaces: first labels (its room, its sender, what it has),
then those of its text and of the names of its files. No token of a text contains ``=``, so it
cannot be taken for a label.
"""

import re
from collections.abc import Sequence
from typing import Final, get_args

from ..model import Has, Message
from .query import Phrase, Range, ranges
from .tokens import tokens

_LINK: Final = re.compile(r"\bhttps?://\w", re.IGNORECASE)


def document(message: Message) -> str | None:
    """Return the document of a message; None if no query can find it."""
    words = [token.text for token in tokens(searchable(message))]
    if not words:
        return None
    labels = [_label("room", message.room), _label("sender", message.sender)]
    labels += [_label("has", what) for what in get_args(Has) if has(message, what)]
    return f" {' '.join(labels + words)} "


def searchable(message: Message) -> str:
    """Return what to search: the text, and after it the names of files."""
    if not message.attachments:
        return message.text
    return "\n".join([message.text, *(each.name for each in message.attachments)])


def matched(message: Message, phrases: Sequence[Phrase]) -> tuple[Range, ...] | None:
    """Return which parts of the text the phrases match; None if the message does not match."""
    found = ranges(searchable(message), phrases)
    if found is None or not message.attachments:
        return found
    return tuple(each for each in found if each[1] <= len(message.text))


def has(message: Message, what: Has) -> bool:
    match what:
        case "link":
            return _LINK.search(message.text) is not None
        case "file":
            return bool(message.attachments)


def in_room(room: str) -> Phrase:
    """Return the phrase that all documents of a room have, and no others."""
    return Phrase((_label("room", room),), prefix=False)


def labelled(sender: str | None, what: Has | None) -> tuple[Phrase, ...]:
    """Return the phrases of documents with this sender, and with ``what``."""
    labels = (("sender", sender), ("has", what))
    return tuple(Phrase((_label(*each),), prefix=False) for each in labels if each[1])


def _label(name: str, value: str | None) -> str:
    return f"{name}={value}"
