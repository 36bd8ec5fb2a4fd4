"""The pages of lists and of messages."""

from typing import Final

from ..declaration import Paged
from ..field_types import Limit
from ..results import FRAME_BYTES, INBOX_PAGE, PAGE

DEFAULT_LIMIT: Final = Limit(PAGE)
DEFAULT_INBOX_LIMIT: Final = Limit(INBOX_PAGE)
MESSAGES: Final = Paged(item_bytes=FRAME_BYTES)
"""A message in a page is no longer than the frame that it came in, since it is escaped alike."""
