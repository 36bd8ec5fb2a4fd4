"""Mutations of logs and acknowledgements. Those of the order in time: :mod:`.mutations_time`."""

from typing import Final

from .altered import Altered, Finished, Mutations
from .entries import Json, Saw

LOG: Final = Mutations()


# ---- lost


@LOG.of("lost")
def acknowledged_message_is_lost(run: Altered) -> None:
    done = run.pick(filter(run.kept, run.calls("sendMessage")))
    run.forget(done.seen["room"], done.seen["seq"])


@LOG.of("lost")
def last_message_is_lost(run: Altered) -> None:
    heads = {room: max(run.log(room)) for room in run.rooms()}
    done = run.pick(
        d for d in run.calls("sendMessage") if d.seen["seq"] == heads.get(d.seen["room"])
    )
    run.forget(done.seen["room"], done.seen["seq"])
    for page in run.pages(done.seen["room"]):
        page["headSeq"] -= 1


@LOG.of("lost")
def room_is_lost(run: Altered) -> None:
    room = run.pick(run.rooms())
    gone = {"reason": "not_found"}
    for done in run.calls("getHistory"):
        if done.first > run.final and done.args["room"] == room:
            run.replace(done.last, outcome="fail", seen=gone)


@LOG.of("lost")
def acknowledged_seq_has_another_message(run: Altered) -> None:
    done = run.pick(run.sent())
    for message in run.shown(done.seen["room"], done.seen["seq"]):
        message["clientId"] = "another"


@LOG.of("lost")
def acknowledged_seq_has_another_message_at_the_end(run: Altered) -> None:
    done = run.pick(run.sent())
    message = run.log(done.seen["room"])[done.seen["seq"]]
    another = {**message, "clientId": "another", "timestamp": message["timestamp"] + 1}
    run.show_in_the_end(done.seen["room"], done.seen["seq"], another)


@LOG.of("lost")
def shown_message_is_lost(run: Altered) -> None:
    acked = {(done.seen["room"], done.seen["seq"]) for done in run.calls("sendMessage")}
    told = {(e.value["room"], e.value["seq"]) for _, e in run.events("newMessage")}
    room, seq = run.pick((room, seq) for room, seq in sorted(told - acked) if seq in run.log(room))
    run.forget(room, seq)


# ---- duplicate


@LOG.of("duplicate")
def send_is_in_the_log_twice(run: Altered) -> None:
    room = run.pick(run.rooms())
    run.append(room, run.pick(m for m in run.log(room).values() if "clientId" in m))


@LOG.of("duplicate")
def send_without_id_is_in_the_log_twice(run: Altered) -> None:
    room, message = run.pick(
        (room, message)
        for room in run.rooms()
        for message in run.log(room).values()
        if "clientId" not in message and "editedAt" not in message and "deleted" not in message
    )
    attempts = [b for b in run.begun("sendMessage") if b.args["text"] == message["text"]]
    for _ in attempts:
        run.append(room, message)


@LOG.of("duplicate")
def send_is_in_two_rooms(run: Altered) -> None:
    room, other = run.pick((a, b) for a in run.rooms() for b in run.rooms() if a != b)
    run.append(other, run.pick(m for m in run.log(room).values() if "clientId" in m))


@LOG.of("duplicate")
def retry_is_acknowledged_with_another_seq(run: Altered) -> None:
    done = run.pick(run.sent())
    seen = {**done.seen, "seq": done.seen["seq"] + 1, "duplicate": True}
    run.ask(run.final - 1, done.begin.process, "sendMessage", done.args, seen)


@LOG.of("duplicate")
def seq_is_acknowledged_twice(run: Altered) -> None:
    sent = run.sent()
    one, other = run.pick((a, b) for a in sent for b in sent if a.beside(b) and a.last < b.last)
    other.seen.update(seq=one.seen["seq"], rev=one.seen["rev"])


# ---- divergent


@LOG.of("divergent")
def one_session_gets_another_text(run: Altered) -> None:
    _one_of_several(run)["text"] += "!"


@LOG.of("divergent")
def one_session_gets_another_sender(run: Altered) -> None:
    message = _one_of_several(run)
    message["sender"] = "bob" if message["sender"] == "alice" else "alice"


@LOG.of("divergent")
def one_session_gets_another_id(run: Altered) -> None:
    _one_of_several(run)["clientId"] = "another"


@LOG.of("divergent")
def one_session_gets_another_time(run: Altered) -> None:
    _one_of_several(run)["timestamp"] += 1


@LOG.of("divergent")
def one_session_gets_other_mentions(run: Altered) -> None:
    _one_of_several(run)["mentions"] = ["dave"]


@LOG.of("divergent")
def final_log_has_another_text(run: Altered) -> None:
    """The final log has another text than all earlier replies and events."""
    room = run.pick(run.rooms())
    seq = run.pick(seq for seq, m in run.log(room).items() if not m.get("deleted"))
    told = {e.value["seq"] for _, e in run.events("newMessage") if e.value["room"] == room}
    if seq not in told:
        seq = run.pick(seq for seq, m in run.log(room).items() if seq in told and "clientId" in m)
    rev = run.log(room)[seq]["rev"]
    for page in run.pages(room):
        for message in page["messages"]:
            if message["seq"] == seq:
                message["text"] = f"at {rev}"


def _one_of_several(run: Altered) -> Json:
    """Return a message in an event that another session has seen before."""
    seen = set[tuple[object, ...]]()
    told = list[Saw]()
    for _, saw in run.events("newMessage"):
        key = saw.value["room"], saw.value["seq"], saw.value["rev"]
        if key in seen:
            told.append(saw)
        seen.add(key)
    return run.pick(told).value


# ---- phantom


@LOG.of("phantom")
def refused_message_is_in_the_log(run: Altered) -> None:
    tried = [begin.args.get("clientId") for begin in run.begun("sendMessage")]
    rooms = run.rooms()
    done = run.pick(
        done
        for done in run.calls("sendMessage", outcome="fail")
        if done.args.get("room") in rooms and tried.count(done.args.get("clientId", "")) == 1
    )
    run.append(done.args["room"], {**done.args, "sender": done.user, "timestamp": 1})


@LOG.of("phantom")
def unsent_message_is_in_the_log(run: Altered) -> None:
    message = {"sender": "bob", "text": "boo", "clientId": "boo", "timestamp": 1}
    run.append(run.pick(run.rooms()), message)


@LOG.of("phantom")
def unsent_message_without_id_is_in_the_log(run: Altered) -> None:
    run.append(run.pick(run.rooms()), {"sender": "bob", "text": "boo", "timestamp": 1})


@LOG.of("phantom")
def logged_message_was_refused(run: Altered) -> None:
    done = run.pick(run.sent())
    run.replace(done.last, outcome="fail", seen={"reason": "forbidden"})


@LOG.of("phantom")
def text_without_an_edit(run: Altered) -> None:
    done = run.pick(run.sent())
    for message in run.shown(done.seen["room"], done.seen["seq"]):
        if "editedAt" not in message and "deleted" not in message:
            message["text"] = "boo"


@LOG.of("phantom")
def refused_edit_is_in_the_log(run: Altered) -> None:
    done = run.pick(d for d in run.calls("editMessage") if _shown_changed(run, d))
    run.replace(done.last, outcome="fail", seen={"reason": "forbidden"})


@LOG.of("phantom")
def deletion_without_a_call(run: Altered) -> None:
    done = run.pick(
        d
        for d in run.calls("deleteMessage")
        if _shown_changed(run, d)
        and [b.args for b in run.begun("deleteMessage")].count(d.args) == 1
    )
    run.remove(done.first, done.last)


def _shown_changed(run: Altered, done: Finished) -> bool:
    shown = run.shown(done.args["room"], done.args["seq"])
    return any(message["rev"] == done.seen["rev"] for message in shown)
