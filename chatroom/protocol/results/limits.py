"""The protocol's constants."""

from typing import Final

PROTOCOL: Final = 1
FEATURES: Final[tuple[str, ...]] = (
    *("direct", "edit", "delete", "mentions", "presence", "typing"),
    *("block", "roles", "mute", "settings", "reactions", "pins", "groups", "deleteRoom"),
    *("format", "data", "search", "quoted", "threads", "profiles", "accountSettings"),
    *("admins", "audit", "invitations", "push", "files", "appearance", "readOnly", "announcements"),
)
SUBPROTOCOL: Final = "chatroom.v1"
PAGE: Final = 50
MAX_PAGE: Final = 200
INBOX_PAGE: Final = 100
PAGE_BYTES: Final = 1 << 20
FRAME_BYTES: Final = 128 * 1024

NULLABLE: Final = frozenset({"next", "role"})
"""Fields that are shown as null; any other that is None is left out."""
