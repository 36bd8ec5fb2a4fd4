"""The protocol's constants, and the results of calls.

The calls are in :mod:`..calls`, the events in :mod:`..events`. Attributes are snake_case here and
camelCase on the wire.
"""

from .inbox import *
from .limits import *
from .messages import *
from .people import *
from .push import *
from .rooms import *
from .session import *
