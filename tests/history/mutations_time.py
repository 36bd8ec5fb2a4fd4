"""Mutations of the order in time: stale replies, and seqs that contradict the order of sends."""

from typing import Final

from .altered import Altered, Finished, Mutations

TIME: Final = Mutations()


# ---- real_time


@TIME.of("real_time")
def later_send_has_lower_seq(run: Altered) -> None:
    _acknowledge_early(run, [d for d in run.sent() if "clientId" in d.args])


@TIME.of("real_time")
def later_send_without_id_has_lower_seq(run: Altered) -> None:
    _acknowledge_early(run, [d for d in run.calls("sendMessage") if "clientId" not in d.args])


@TIME.of("real_time")
def later_retried_send_has_lower_seq(run: Altered) -> None:
    tried = [begin.args.get("clientId") for begin in run.begun("sendMessage")]
    again = [
        done
        for done in run.calls("sendMessage")
        if tried.count(done.args.get("clientId", "")) > 1 and done.seen["duplicate"]
    ]
    _acknowledge_early(run, again)


def _acknowledge_early(run: Altered, before: list[Finished]) -> None:
    """Acknowledge a send with a greater seq before the first attempt of one of these."""
    sent = run.sent()
    other, done = run.pick(
        (other, done)
        for other in before
        for done in sent
        if other.beside(done) and other.seen["seq"] < done.seen["seq"]
    )
    run.remove(done.first, done.last)
    first = next(i for i, e in enumerate(run.entries) if getattr(e, "args", None) == other.args)
    run.insert(first - 1, done.begin, done.end)


# ---- stale


@TIME.of("stale")
def edit_is_undone(run: Altered) -> None:
    room, seq, older = run.pick(
        (room, seq, older)
        for room in run.rooms()
        for seq, message in run.log(room).items()
        for older in run.shown(room, seq)
        if "editedAt" in message and older["rev"] < message["rev"]
    )
    run.show_in_the_end(room, seq, older)


@TIME.of("stale")
def edit_is_undone_at_its_own_rev(run: Altered) -> None:
    room, seq, older = run.pick(
        (room, seq, older)
        for room in run.rooms()
        for seq, message in run.log(room).items()
        for older in run.shown(room, seq)
        if "editedAt" in message
        and older["text"] not in ("", message["text"])
        and not message.get("deleted")
    )
    run.show_in_the_end(room, seq, {**run.log(room)[seq], "text": older["text"]})


@TIME.of("stale")
def deletion_is_undone(run: Altered) -> None:
    room, message = run.pick(
        (room, message)
        for room in run.rooms()
        for message in run.log(room).values()
        if message.get("deleted")
    )
    back = {**message, "text": "back", "rev": message["rev"] + 1000, "deleted": False}
    run.show_in_the_end(room, message["seq"], {**back, "editedAt": 1})


@TIME.of("stale")
def page_is_stale(run: Altered) -> None:
    acked = {(d.seen["room"], d.seen["seq"]): d.last for d in run.calls("sendMessage")}
    done = run.pick(
        d
        for d in run.calls("getHistory")
        if d.seen["messages"]
        and acked.get((d.args["room"], d.seen["headSeq"]), d.first) < d.first < run.final
    )
    done.seen["headSeq"] -= 1
    done.seen["messages"] = [m for m in done.seen["messages"] if m["seq"] <= done.seen["headSeq"]]
