"""Runs :mod:`.server_commands`, whose results are shown as notices."""

import json
import time
from collections.abc import Iterable
from typing import Final

from ...client import Chat
from ...client.accounts import http_url
from ...model import AuditEntry
from ...protocol.results import ListedInvitation, ListedSanction
from ..sanitize import local_time, plain
from .server_commands import (
    AcceptLink,
    CreateLink,
    Dismiss,
    EnterRoom,
    RevokeLink,
    ServerCommand,
    SetAdmin,
    SetDisabled,
    ShowAudit,
    ShowLinks,
    ShowSanctions,
)
from .state import State

MAX_LINES: Final = 40
"""Maximum number of entries to show of a list."""


class Administering:
    def __init__(self, chat: Chat, state: State) -> None:
        self._chat = chat
        self._state = state

    async def run(self, command: ServerCommand, room: str | None) -> None:
        """:param room: the open one."""
        chat = self._chat
        match command:
            case SetAdmin(name, admin):
                await chat.set_server_role(name, "admin" if admin else "member")
                self._notice(f"@{name} is {'an admin' if admin else 'no admin'} of the server")
            case SetDisabled(name, True):
                await chat.disable_account(name)
                self._notice(f"@{name} cannot log in any more")
            case SetDisabled(name, _):
                await chat.enable_account(name)
                self._notice(f"@{name} can log in again")
            case EnterRoom(name):
                await chat.enter_room(name)
                self._notice(f"you are an owner of #{name}: /join {name}")
            case Dismiss():
                known = self._state.server_state
                if known is not None and known.announcement is not None:
                    self._state.dismissed = known.announcement.at
            case ShowLinks():
                page = await chat.list_invitations(limit=MAX_LINES)
                self._show("Links", map(_link, page.invitations))
            case RevokeLink(link):
                await chat.revoke_invitation(link)
                self._notice(f"the link {link} is not valid any more")
            case AcceptLink(code):
                accepted = await chat.accept_invitation(code)
                where = f": /join {accepted.room}" if accepted.room else ""
                self._notice(f"you have come by the link{where}")
            case ShowAudit(True):
                await self._audit(None)
            case _ if room is None:
                self._notice("no room is open: /join ROOM")
            case ShowAudit():
                await self._audit(room)
            case ShowSanctions("ban"):
                bans = await chat.list_bans(room, limit=MAX_LINES)
                self._show("Banned", map(_sanction, bans.sanctions))
            case ShowSanctions():
                mutes = await chat.list_mutes(room, limit=MAX_LINES)
                self._show("Muted", map(_sanction, mutes.sanctions))
            case CreateLink(uses, for_s, server):
                end = None if for_s is None else int(time.time() + for_s) * 1000
                made = await chat.create_invitation(
                    room, server=server, expires_at=end, max_uses=uses
                )
                self._notice(
                    f"{http_url(self._state.server)}/?invitation={made.code}",
                    f"/revoke {made.id} ends it",
                )

            case _:
                raise TypeError(command)

    async def _audit(self, room: str | None) -> None:
        page = await self._chat.list_audit(room, limit=MAX_LINES)
        self._show("What was done, newest last", map(_entry, reversed(page.entries)))

    def _notice(self, *lines: str) -> None:
        self._state.window.notice(*lines)

    def _show(self, what: str, lines: Iterable[str]) -> None:
        some = list(lines)
        self._notice(f"{what}: {len(some) or 'none'}", *some)


def _time(ms: int) -> str:
    return f"{local_time(ms):%Y-%m-%d %H:%M}"


def _entry(entry: AuditEntry) -> str:
    room = "" if entry.room is None else f" #{entry.room}"
    user = "" if entry.user is None else f" @{entry.user}"
    details = "" if entry.details is None else f" ({plain(_details(entry.details))})"
    return (
        f"{_time(entry.timestamp)} {entry.by or 'the operator'}: {entry.act}{room}{user}{details}"
    )


def _details(encoded: str) -> str:
    """Return the JSON object of an entry in words: ``role: moderator, was: member``."""
    details = json.loads(encoded)
    if "until" in details:
        details["until"] = _time(details["until"])
    return ", ".join(
        f"{key}: {value if isinstance(value, str) else json.dumps(value)}"
        for key, value in details.items()
    )


def _sanction(each: ListedSanction) -> str:
    until = "" if each.until is None else f" until {_time(each.until)}"
    why = "" if each.reason is None else f": {plain(each.reason)}"
    return f"@{each.user.name}{until}, by {each.by}{why}"


def _link(each: ListedInvitation) -> str:
    to = [f"#{each.room}"] if each.room is not None else []
    to += ["the server"] if each.server else []
    uses = str(each.uses) if each.max_uses is None else f"{each.uses} of {each.max_uses}"
    end = "" if each.expires_at is None else f", until {_time(each.expires_at)}"
    revoked = "" if each.revoked_at is None else ", revoked"
    users = f": {', '.join(each.users)}" if each.users else ""
    by = "the operator" if each.by is None else each.by
    return f"{each.id} to {' and '.join(to)} by {by}, {uses} came{end}{revoked}{users}"
