"""All calls: what each takes and answers, what it costs, and what it is for.

Conditions that depend on state (membership, lengths by the settings) are checked where the call is
handled. See :mod:`..declaring` for how to declare a call, :mod:`..results` for the replies.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from .. import declaring
from ..declaring import Call
from .pages import MESSAGES as MESSAGES

# isort: off
# The order of the protocol documents.
from .session import *
from .rooms import *
from .members import *
from .moderation import *
from .messages import *
from .reading import *
from .inbox import *
from .people import *
from .server import *
from .push import *

# isort: on

CALLS: Final[Mapping[str, type[Call[Any]]]] = MappingProxyType(declaring.calls)
