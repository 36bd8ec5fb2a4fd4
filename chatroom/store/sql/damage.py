"""A record of the first damage found."""

import logging

from ...errors import StorageDamaged

logger = logging.getLogger(__name__)


class Damage:
    """The first damage found. It is never reset, because a damaged page is rarely read again."""

    def __init__(self) -> None:
        self.found: str | None = None

    def note(self, error: StorageDamaged) -> None:
        """Record and log the first error; ignore later ones."""
        if self.found is None:
            self.found = f"the database cannot be read: {error}; see: chatroom check"
            logger.error(self.found)
