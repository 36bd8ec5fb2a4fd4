"""Rules for account names."""

import string
from typing import Final

from ..errors import Refused
from ..model import RESERVED, Account, is_name
from ..protocol.constraints import NAME_FORM, free_text

MAX_DISPLAY_NAME_CHARS: Final = 80
_FOLD: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def folded(name: str) -> str:
    """Lower-case A-Z only. str.lower() would also map other letters, such as the Kelvin sign, to
    ASCII."""
    return name.translate(_FOLD)


def new_account(name: str, password: str | None, display_name: str | None, now: int) -> Account:
    """Return a new account.

    :param password: its hash.
    :param now: ms since the epoch.
    :raises Refused: ``invalid_params``, or ``conflict`` for a reserved name.
    """
    if not is_name(name):
        raise Refused("invalid_params", f"name: must be a name: {NAME_FORM}")
    if name in RESERVED:
        raise Refused("conflict", f"{name}: the name is reserved")
    shown = name if display_name is None else checked_display_name(display_name)
    return Account(name, shown, password, now)


def checked_display_name(display_name: str) -> str:
    """Return a display name in the form in which it is stored.

    :raises Refused: ``invalid_params``
    """
    try:
        return free_text(display_name, MAX_DISPLAY_NAME_CHARS, 1)
    except ValueError as error:
        raise Refused("invalid_params", f"displayName: {error}") from None
