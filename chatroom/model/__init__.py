"""The domain model: names, users, rooms, members and messages.

Frozen, plain data without I/O. The store saves it, actors decide on it, the protocol encodes it.
"""

from .audit import *
from .inbox import *
from .invitations import *
from .messages import *
from .names import *
from .people import *
from .push import *
from .rooms import *
from .server import *
from .threads import *
