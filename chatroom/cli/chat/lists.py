"""Lists of members, rooms, pins, mentions, blocked users and found messages, and calls whose
results are shown as notices.
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

import attrs

from ...client import Chat, InvalidParams, Message, Profile, Status
from ...model import MAX_PREVIEW_CHARS
from ...protocol.results import MAX_PAGE, ListedMember, Person
from ..sanitize import line_of, local_time, plain
from .state import State

MAX_MEMBERS: Final = 1000
"""Maximum number of members to load. A room may have more."""
MAX_LINES: Final = 40
"""Maximum number of entries to show of a list."""
MAX_FOUND: Final = 20
"""Maximum number of messages to show of a search."""
MAX_SEARCH_PAGES: Final = 20
"""Maximum number of pages to ask for, which may be empty while there are older messages."""


async def read_members(chat: Chat, room: str) -> list[ListedMember]:
    found: list[ListedMember] = []
    after = None
    while len(found) < MAX_MEMBERS:
        page = await chat.list_members(room, after=after, limit=MAX_PAGE)
        found += page.members
        if (after := page.next) is None:
            break
    return found


class Lists:
    def __init__(self, chat: Chat, state: State) -> None:
        self._chat = chat
        self._state = state

    async def members(self, room: str) -> None:
        members = await read_members(self._chat, room)
        self._show(f"Members of {self._state.label(room)}", map(_described, members))

    async def who(self, room: str) -> None:
        """Show the members who are online, with their statuses."""
        members = await read_members(self._chat, room)
        names = [member.user for member in members if member.online]
        people = await self._chat.get_users(names[:MAX_LINES]) if names else ()
        more = [f"@{name}" for name in names[MAX_LINES:]]
        self._show(f"Online in {self._state.label(room)}", [*map(_shown, people), *more])

    async def person(self, name: str) -> None:
        people = await self._chat.get_users([name])
        lines = [*map(_shown, people)] or [f"@{name} is nobody with whom you share a room"]
        self._state.window.notice(*lines)

    async def set_name(self, name: str) -> None:
        profile = await self._chat.set_profile(display_name=name)
        marked = "; it looks like another person's, so yours is shown beside it"
        more = marked.replace("yours", f"@{profile.name}") if profile.lookalike else ""
        self._state.window.notice(f"others see you as {plain(profile.display_name)}{more}")

    async def set_status(self, status: Status) -> None:
        profile = await self._chat.set_profile(status=status)
        shown = _status(profile)
        self._state.window.notice(f"your status: {shown}" if shown else "you have no status")

    async def rooms(self) -> None:
        """Show the rooms that can be joined."""
        page = await self._chat.list_rooms(limit=MAX_PAGE)
        self._show(
            "Rooms that can be joined",
            (
                f"#{room.room}  {room.members} members  {room.topic}"
                for room in page.rooms
                if not room.member
            ),
        )

    async def pins(self, room: str) -> None:
        page = await self._chat.list_pins(room, limit=MAX_LINES)
        self._show("Pinned", map(_line, page.messages))

    async def thread(self, room: str, root: int) -> None:
        """Show a thread: its root, and its latest messages. They are read then."""
        page = await self._chat.history(room, thread=root, limit=MAX_LINES)
        whole = await self._chat.history(room, around=root, limit=1)
        first = [message for message in whole.messages if message.seq == root]
        self._show(f"Thread {root}", map(_line, (*first, *page.messages)))
        if page.messages:
            with suppress(InvalidParams):  # not followed
                await self._chat.mark_read(room, page.messages[-1].seq, thread=root)

    async def threads(self) -> None:
        page = await self._chat.threads(limit=MAX_LINES)
        self._show(
            "Threads",
            (
                f"{self._state.label(each.room)} /thread {each.thread}: {each.count} messages,"
                f" {each.unread} unread{_root(each.message)}"
                for each in page.threads
            ),
        )

    async def mentions(self) -> None:
        page = await self._chat.mentions(limit=MAX_LINES)
        self._show(
            "Mentions of you",
            map(self._line, page.messages),
        )

    async def blocked(self) -> None:
        page = await self._chat.list_blocked(limit=MAX_PAGE)
        self._show("Blocked", (f"@{user.name} {user.display_name}" for user in page.users))

    async def test_push(self) -> None:
        """Send a test notification to each device, and show what came of it."""
        lines = []
        for each in await self._chat.list_push_endpoints():
            tested = await self._chat.test_push(each.endpoint)
            host = urlsplit(each.endpoint).hostname
            status = "" if tested.status is None else f" (status {tested.status})"
            lines.append(f"{host} {each.label}: {tested.outcome}{status}")
        self._show("Devices", lines)

    async def search(self, query: str) -> None:
        """Show the newest messages that match, the newest at the end."""
        found: list[Message] = []
        cursor = None
        for _ in range(MAX_SEARCH_PAGES):
            page = await self._chat.search(query, limit=MAX_FOUND - len(found), cursor=cursor)
            found += page.messages
            cursor = page.next
            if cursor is None or len(found) == MAX_FOUND:
                break
        self._show(f"Messages with {query}", map(self._line, reversed(found)))
        if cursor is not None:
            self._state.window.notice("there may be older ones, which are not shown")
        if page.pending:
            self._state.window.notice("some of the newest messages cannot be found yet")

    async def block(self, name: str) -> None:
        await self._chat.block(name)
        self._state.window.notice(f"@{name} can no longer write to you or invite you")

    async def unblock(self, name: str) -> None:
        await self._chat.unblock(name)
        self._state.window.notice(f"@{name} can write to you and invite you again")

    async def delete_all_of(self, room: str, name: str, since: int) -> None:
        deleted = await self._chat.delete_messages_of(room, name, since)
        self._state.window.notice(f"{deleted} messages of @{name} were deleted")

    def _line(self, message: Message) -> str:
        """Return a message of any room in one line."""
        return f"{self._state.label(message.room)} {_line(message)}"

    def _show(self, what: str, lines: Iterable[str]) -> None:
        some = list(lines)
        shown = some[:MAX_LINES]
        more = [f"and {len(some) - len(shown)} more"] if len(some) > len(shown) else []
        self._state.window.notice(f"{what}: {len(some) or 'none'}", *shown, *more)


def _root(message: Message | None) -> str:
    return "" if message is None else f"  {_line(message)}"


def _line(message: Message) -> str:
    """Return a message in one line, without what is past the beginning of a long text."""
    if len(message.text) > MAX_PREVIEW_CHARS:
        cut = f"{message.text[:MAX_PREVIEW_CHARS]}\N{HORIZONTAL ELLIPSIS}"
        message = attrs.evolve(message, text=cut)
    return line_of(message)


def _shown(person: Person) -> str:
    title = "" if person.display_name == person.name else f" {plain(person.display_name)}"
    online = "\N{BLACK CIRCLE}" if person.online else "\N{WHITE CIRCLE}"
    status = _status(person)
    return f"{online} {person.name}{title}{f' - {status}' if status else ''}"


def _status(profile: Profile) -> str:
    status = profile.status
    if status is None:
        return ""
    until = "" if status.until is None else f"(until {local_time(status.until):%Y-%m-%d %H:%M})"
    return " ".join(part for part in (plain(status.emoji or ""), plain(status.text), until) if part)


def _described(member: ListedMember) -> str:
    role = "" if member.role == "member" else f" ({member.role})"
    title = "" if member.display_name == member.user else f" {member.display_name}"
    online = "\N{BLACK CIRCLE}" if member.online else "\N{WHITE CIRCLE}"
    return f"{online} {member.user}{title}{role}"
