"""What the users of the workload do with rooms: each kind of change, and looks at its effect."""

from typing import Any, Final

from ..client import CallFailed
from ..server.process import Server
from .operator import delete_room, erase_person, keep_messages
from .recorded import Recorded
from .recorder import Recorder

PEOPLE: Final = ("alice", "bob", "carol")
YARD: Final = "yard"
DEN: Final = "den"
BARN: Final = "barn"
ATTIC: Final = "attic"
GATE: Final = "gate"
CELLAR: Final = "cellar"
CELLAR_KEEPS: Final = 2
"""Messages that this room keeps."""
ERIN: Final = "erin"
EMOJIS: Final = ("\U0001f44d", "\u2764\ufe0f")


async def attempt(me: Recorded, method: str, **params: Any) -> Any:
    """Make a call. Return its result, or None if it was refused."""
    try:
        return await me.call(method, **params)
    except CallFailed:
        return None


async def come_and_go(number: int, sessions: list[Recorded]) -> None:
    """Make changes of all kinds in the first round. The other rounds observe their effects."""
    alice, bob, carol = sessions
    if number == 0:
        await alice.call("setProfile", displayName="Alice the First", status={"text": "busy"})
        for me in sessions:
            await me.call("joinRoom", room=YARD)
        await alice.call("ban", room=YARD, user="carol")
        await alice.call("leaveRoom", room=YARD)  # bob owns it now
        await bob.call("createRoom", room=DEN, visibility="private")
        await bob.call("invite", room=DEN, user="carol")
        await bob.call("sendMessage", room=DEN, text="hello carol", clientId="den 1")
        await bob.call("removeMember", room=DEN, user="carol")
        await bob.call("createRoom", room=BARN, visibility="public")
        await carol.call("listRooms")
        await bob.call("setRoom", room=BARN, visibility="private")
        await alice.call("blockUser", user="carol")
        for me in sessions:
            await me.call("joinRoom", room=GATE)
        await alice.call("sendMessage", room=GATE, text="hello", clientId="gate 1")
        for me in sessions:
            await me.call("addReaction", room=GATE, seq=1, emoji=EMOJIS[0])
        await alice.call("mute", room=GATE, user="carol")
        await alice.call("setRole", room=GATE, user="bob", role="moderator")
    await bob.call("listAudit", room=GATE, limit=200)
    await bob.call("listMembers", room=GATE)
    await attempt(carol, "sendMessage", room=GATE, text=f"still muted? {number}")
    for me in sessions:
        await me.call("getUsers", users=list(PEOPLE))
    await bob.call("listMembers", room=YARD)
    await attempt(carol, "joinRoom", room=YARD)
    await attempt(carol, "getHistory", room=DEN, after=0)
    await carol.call("listRooms")
    for room in (DEN, BARN):
        await attempt(carol, "joinRoom", room=room)
    await carol.call("searchMessages", query="carol")
    await attempt(alice, "sendMessage", room=YARD, text=f"still here? {number}")
    await attempt(carol, "sendMessage", to="alice", text=f"still blocked? {number}")
    await alice.call("listBlocked")


async def fill_and_delete(server: Server, recorder: Recorder, sessions: list[Recorded]) -> None:
    """All users are members of the room, and one watches it."""
    alice, bob, carol = sessions
    for me in sessions:
        await me.call("joinRoom", room=ATTIC)
    await bob.call("subscribe", room=ATTIC)
    for number in range(3):
        text = f"attic {number}"
        await attempt(alice, "sendMessage", room=ATTIC, text=text, clientId=text)
    await carol.call("getHistory", room=ATTIC, after=0)
    assert await delete_room(server, recorder, ATTIC)


async def write_and_be_erased(
    server: Server, recorder: Recorder, erin: Recorded, sessions: list[Recorded]
) -> None:
    """Somebody else comes, leaves something of each kind, and is erased."""
    alice, bob, _ = sessions
    await erin.call("setProfile", displayName="Erin", status={"text": "here"})
    await erin.call("joinRoom", room=GATE)
    await erin.call("addReaction", room=GATE, seq=1, emoji=EMOJIS[0])
    for number in range(4):
        text = f"erin {number} @alice"
        thread = {"thread": 1} if number == 1 else {}
        await attempt(erin, "sendMessage", room=GATE, text=text, clientId=text, **thread)
    await attempt(erin, "sendMessage", to="bob", text="for bob alone", clientId="erin to bob")
    answer = {"text": "what erin says", "clientId": "gate 2", "replyTo": 2}
    await attempt(bob, "sendMessage", room=GATE, **answer)
    page = await alice.call("getHistory", room=GATE, after=0)
    for message in page["messages"][1:2]:
        await attempt(alice, "addReaction", room=GATE, seq=message["seq"], emoji=EMOJIS[0])
        await attempt(alice, "pinMessage", room=GATE, seq=message["seq"])
    await alice.call("mute", room=GATE, user=ERIN)
    await bob.call("getUsers", users=[ERIN])
    await erase_person(server, recorder, ERIN)
    await bob.call("getUsers", users=[ERIN])
    await alice.call("listMembers", room=GATE)
    await alice.call("getHistory", room=GATE, after=0)


async def fill_the_cellar(server: Server, recorder: Recorder, number: int, alice: Recorded) -> None:
    """Write more than the room keeps, after a look at what is left of it."""
    if number == 0:
        await alice.call("createRoom", room=CELLAR, visibility="private")
        await keep_messages(server, recorder, CELLAR, CELLAR_KEEPS)
    await alice.call("getHistory", room=CELLAR, after=0)
    for count in range(CELLAR_KEEPS + 1):
        await attempt(alice, "sendMessage", room=CELLAR, text=f"cellar {number} {count}")


async def look_for_what_was_deleted(number: int, sessions: list[Recorded]) -> None:
    for me in sessions:
        await me.call("getInbox")
        await attempt(me, "getHistory", room=ATTIC, after=0)
        await attempt(me, "sendMessage", room=ATTIC, text=f"is it there? {number}")
        await attempt(me, "joinRoom", room=ATTIC)
