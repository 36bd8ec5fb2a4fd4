"""Documents: what an index stores of a message, as one string.

It consists of tokens, each between two spaces: first labels (its room, its sender, what it has),
then those of its text. No token of a text contains ``=``, so it cannot be taken for a label.
"""

import re
from typing import Final

from ..model import Has, Message
from .query import Phrase
from .tokens import tokens

_LINK: Final = re.compile(r"\bhttps?://\w", re.IGNORECASE)


def document(message: Message) -> str | None:
    """Return the document of a message; None if no query can find it."""
    words = [token.text for token in tokens(message.text)]
    if not words:
        return None
    labels = [_label("room", message.room), _label("sender", message.sender)]
    if has(message.text, "link"):
        labels.append(_label("has", "link"))
    return f" {' '.join(labels + words)} "


def has(text: str, what: Has) -> bool:
    match what:
        case "link":
            return _LINK.search(text) is not None


def in_room(room: str) -> Phrase:
    """Return the phrase that all documents of a room have, and no others."""
    return Phrase((_label("room", room),), prefix=False)


def labelled(sender: str | None, what: Has | None) -> tuple[Phrase, ...]:
    """Return the phrases of documents with this sender, and with ``what``."""
    labels = (("sender", sender), ("has", what))
    return tuple(Phrase((_label(*each),), prefix=False) for each in labels if each[1])


def _label(name: str, value: str | None) -> str:
    return f"{name}={value}"
