"""Random actions of the users in a simulated history, from its start to its final reading."""

from typing import Any

from ..reference import RoomModel
from .calls import direct
from .entries import FINAL, Entry, Fact
from .simulated import (
    ATTIC,
    GRACE_MS,
    OPERATOR,
    PAGE,
    PEOPLE,
    PUBLIC,
    ROOMS,
    SimSession,
    Simulation,
)
from .simulated_erasure import come_and_be_erased
from .simulated_files import attach, read_file
from .simulated_retention import keep_what_is_there, prune

STEPS = 1800


def history(seed: int, steps: int = STEPS, *, undone: int = 0) -> list[Entry]:
    """Return a good history. ``undone`` steps in the middle are undone by restoring a copy."""
    simulation = Simulation(seed)
    _begin(simulation)
    for number in range(steps):
        if undone and number == steps // 2:
            _undo(simulation, undone)
        _step(simulation)
    _settle(simulation)
    _read_all(simulation)
    return simulation.entries


def _begin(simulation: Simulation) -> None:
    for user in (*PEOPLE, "alice", "bob"):
        simulation.connect(user)
    sessions = simulation.sessions
    alice = sessions["alice#1"]
    ask(simulation, alice, "createRoom", room="den", visibility="private")
    for user in ("bob", "carol"):
        ask(simulation, alice, "invite", room="den", user=user)
    for user, other in (("alice", "bob"), ("bob", "carol")):
        first = {"to": other, "text": f"to {other}", "clientId": f"to {other}"}
        while direct(user, other) not in simulation.chat.rooms:  # a send may be refused
            ask(simulation, sessions[f"{user}#1"], "sendMessage", **first)
    for session in sessions.values():
        for name in PUBLIC:
            ask(simulation, session, "joinRoom", room=name)
        for name in ROOMS:
            if session.user in simulation.chat.rooms[name].members and session.process != "bob#2":
                ask(simulation, session, "subscribe", room=name, limit=PAGE)
    simulation.connect(OPERATOR)
    simulation.add_device()


def _undo(simulation: Simulation, steps: int) -> None:
    _settle(simulation)
    copied = simulation.copy()
    for _ in range(steps):
        _step(simulation)
    simulation.put_back(copied)


def ask(simulation: Simulation, session: SimSession, method: str, **args: Any) -> None:
    """Make a call and wait for the reply."""
    number = simulation.begin(session, method, **args)
    simulation.serve(session, number)
    while session.line:
        simulation.deliver(session)


def _settle(simulation: Simulation) -> None:
    """Run until no call is in progress."""
    while busy := [s for s in simulation.sessions.values() if s.calls or s.line]:
        for session in busy:
            for number in list(session.calls):
                simulation.serve(session, number)
            while session.line:
                simulation.deliver(session)


def _read_all(simulation: Simulation) -> None:
    come_and_be_erased(simulation)
    readers = [simulation.connect(user) for user in PEOPLE]
    ask(simulation, readers[0], "joinRoom", room="yard")
    simulation.time += GRACE_MS * 1000
    simulation.notify()
    keep_what_is_there(simulation)
    simulation.entries.append(Fact(FINAL, simulation.now(), {}))
    for session in readers:
        for name, room in simulation.chat.rooms.items():
            if session.user in room.members:
                if not name.startswith("@"):
                    ask(simulation, session, "listMembers", room=name)
                for after in range(room.first_seq - 1, room.head_seq + 1, PAGE):
                    bounds = {"after": after, "limit": PAGE, "whole": True}
                    ask(simulation, session, "getHistory", room=name, **bounds)
        ask(simulation, session, "getThreads")
        ask(simulation, session, "getInbox")


def _step(simulation: Simulation) -> None:
    choose = simulation.choose
    simulation.notify()
    read_file(simulation)
    session = choose.choice(list(simulation.sessions.values()))
    what = choose.random()
    if what < 0.45:
        if session.line:
            simulation.deliver(session)
    elif what < 0.7:
        if session.calls:
            simulation.serve(session, next(iter(session.calls)))
    elif what < 0.995:
        if len(session.calls) < 4:
            _act(simulation, session)
    elif what < 0.997:
        simulation.crash()
    elif simulation.chat.rooms["lobby"].head_seq > 20 and choose.random() < 0.8:
        prune(simulation, "lobby")


def _act(simulation: Simulation, session: SimSession) -> None:
    choose, name, user = simulation.choose, simulation.choose.choice(ROOMS), session.user
    room, what = simulation.chat.rooms.get(name), choose.random()
    again = simulation.unanswered.get(user)
    if user == OPERATOR:
        if what < 0.04:
            simulation.begin(session, "deleteRoom", room=ATTIC)
        return
    if what < 0.05 and name == "den" and user != "alice":
        simulation.begin(session, "leaveRoom", room=name)
    elif what < 0.2 and name == "den" and user == "alice":
        other = choose.choice(("bob", "carol"))
        call = choose.choice(("invite", "removeMember"))
        simulation.begin(session, call, room=name, user=other)
    elif 0.2 <= what < 0.26 and name != "yard" and user == "alice":
        _moderate(simulation, session)
    elif what < 0.3 and name == "yard":
        _come_or_go(simulation, session)
    elif 0.3 <= what < 0.325 and user != "dave":
        _block(simulation, session)
    elif 0.325 <= what < 0.345:
        _show(simulation, session)
    elif again:
        simulation.begin(session, "sendMessage", **again.pop())
    elif room is None and what < 0.3:
        simulation.begin(session, "joinRoom", room=name)
    elif what < 0.55:
        _send(simulation, session, name)
    elif what < 0.85 and room is not None and room.log:
        _touch(simulation, session, room)
    elif what < 0.9:
        simulation.begin(session, "getInbox")
    elif what < 0.95:
        middle = room.head_seq // 2 if room is not None else 0
        bound = choose.choice(({}, {"after": middle}, {"before": middle + 2}))
        if room is not None and room.writers and choose.random() < 0.3:
            bound = {"thread": choose.choice(list(room.writers))}
        simulation.begin(session, "getHistory", room=name, limit=PAGE, **bound)
    elif what < 0.955:
        simulation.begin(session, "getThreads")
    elif what < 0.965:
        level = choose.choice(("all", "mentions", "none"))
        simulation.begin(session, "setNotifications", room=name, level=level)
    elif (
        room is not None
        and user in room.members
        and name not in simulation.subscriptions.watching[session.process]
    ):
        simulation.begin(session, "subscribe", room=name, limit=PAGE)


def _block(simulation: Simulation, session: SimSession) -> None:
    call = simulation.choose.choice(("blockUser", "unblockUser", "listBlocked", "listBlocked"))
    if call == "listBlocked":
        simulation.begin(session, call)
    else:
        other = simulation.choose.choice([user for user in PEOPLE[:3] if user != session.user])
        simulation.begin(session, call, user=other)


def _show(simulation: Simulation, session: SimSession) -> None:
    choose = simulation.choose
    if choose.random() < 0.5:
        status = choose.choice(({"text": "busy"}, {"text": "away", "emoji": "\u2764\ufe0f"}, {}))
        name = choose.choice(("Somebody", session.user.title()))
        changes: Any = {"displayName": name, "status": status}
        field = choose.choice(("displayName", "status"))
        simulation.begin(session, "setProfile", **{field: changes[field]})
    else:
        simulation.begin(session, "getUsers", users=[session.user, choose.choice(PEOPLE)])


def _come_or_go(simulation: Simulation, session: SimSession) -> None:
    choose, members = simulation.choose, simulation.chat.rooms["yard"].members
    if session.user not in members:
        simulation.begin(session, "joinRoom", room="yard")
    elif members[session.user].role == "owner" and choose.random() < 0.8:
        call = choose.choice(("invite", "removeMember", "ban", "ban", "unban", "unban"))
        simulation.begin(session, call, room="yard", user=choose.choice(PEOPLE[1:]))
    else:
        call = choose.choice(("leaveRoom", "listMembers"))
        simulation.begin(session, call, room="yard")


def _moderate(simulation: Simulation, session: SimSession) -> None:
    choose = simulation.choose
    other, call = choose.choice(("bob", "carol")), choose.choice(("mute", "unmute", "setRole"))
    role = {"role": choose.choice(("moderator", "member"))} if call == "setRole" else {}
    simulation.begin(session, call, room="lobby", user=other, **role)


def _send(simulation: Simulation, session: SimSession, name: str) -> None:
    simulation.texts += 1
    args: dict[str, Any] = {"text": f"text {simulation.texts}{_mention(simulation)}"}
    if name.startswith("@") and session.user in (pair := name[1:].split(":")):
        args["to"] = pair[pair[0] == session.user]
    else:
        args["room"] = name
    head = simulation.chat.rooms[name].head_seq if name in simulation.chat.rooms else 0
    if head and simulation.choose.random() < 0.2:
        args["replyTo"] = simulation.choose.randint(1, head)
    elif name in simulation.chat.rooms and simulation.choose.random() < 0.2:
        log = simulation.chat.rooms[name].log
        if roots := [seq for seq, message in log.items() if message.thread is None][-6:]:
            args["thread"] = simulation.choose.choice(roots)
    if simulation.choose.random() < 0.9:
        args["clientId"] = f"c{simulation.texts}"
        attach(simulation, session, args)
    simulation.begin(session, "sendMessage", **args)
    if simulation.choose.random() < 0.05:  # at once, too
        simulation.begin(session, "sendMessage", **args)


def _touch(simulation: Simulation, session: SimSession, room: RoomModel) -> None:
    name, choose = room.name, simulation.choose
    seq, what = choose.choice(room.messages()).seq, choose.random()
    if what < 0.17 and room.writers:
        root = choose.choice(list(room.writers))
        method = choose.choice(("markRead", "markRead", "followThread", "unfollowThread"))
        more = {"seq": seq} if method == "markRead" else {}
        simulation.begin(session, method, room=name, thread=root, **more)
    elif what < 0.4:
        simulation.begin(session, "markRead", room=name, seq=seq)
    elif what < 0.47:
        method = choose.choice(("pinMessage", "pinMessage", "unpinMessage"))
        simulation.begin(session, method, room=name, seq=seq)
    elif what < 0.66:
        method = choose.choice(("addReaction", "addReaction", "removeReaction"))
        emoji = choose.choice(("\U0001f44d", "\u2764\ufe0f"))
        simulation.begin(session, method, room=name, seq=seq, emoji=emoji)
    elif what < 0.85:
        simulation.texts += 1
        text = f"edit {simulation.texts}{_mention(simulation)}"
        simulation.begin(session, "editMessage", room=name, seq=seq, text=text)
    else:
        simulation.begin(session, "deleteMessage", room=name, seq=seq)


def _mention(simulation: Simulation) -> str:
    return simulation.choose.choice(("", "", "", " @room", " @bob", " @bob @room", " @alice"))
