"""The rules for names of accounts."""

import string
from typing import Final

from ..errors import Refused
from ..model import RESERVED, Account, is_name
from ..protocol.constraints import free_text

DISPLAY_NAME_CHARS: Final = 80
_FOLD: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def folded(name: str) -> str:
    """A-Z in lower case, and nothing else: str.lower() would turn other letters, as the Kelvin
    sign, into these."""
    return name.translate(_FOLD)


def new_account(name: str, password: str | None, display_name: str | None, now: int) -> Account:
    """``password`` is a hash, ``now`` ms since the epoch. :raises Refused:"""
    if not is_name(name):
        raise Refused(
            "invalid_params", "name: must be a-z, 0-9, '.', '_' and '-', 1 to 64, no sign first"
        )
    if name in RESERVED:
        raise Refused("conflict", f"{name}: the name is reserved")
    try:
        shown = name if display_name is None else free_text(display_name, DISPLAY_NAME_CHARS, 1)
    except ValueError as error:
        raise Refused("invalid_params", f"displayName: {error}") from None
    return Account(name, shown, password, now)
