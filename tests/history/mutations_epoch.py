"""Mutations of epochs and cursors, in histories with a restored copy."""

from .altered import Altered, Finished, spoils
from .cursors import PUT_BACK
from .entries import End, Fact, Json, Saw


class EpochMutations(Altered):
    @spoils("epoch")
    def unknown_epoch(self) -> None:
        _, saw = self.pick(self.events("newMessage"))
        saw.value["epoch"] = "another"

    @spoils("epoch")
    def epoch_outlives_a_start(self) -> None:
        """Events have the epoch of the previous start."""
        start = self.pick(self.starts())
        shown = [(index, value) for index, value in self._shown() if "epoch" in value]
        before = {value["epoch"] for index, value in shown if index < start}
        after = {value["epoch"] for index, value in shown if index > start}
        old, new = self.pick(sorted(before)), self.pick(sorted(after - before))
        for _, value in shown:
            if value["epoch"] == new:
                value["epoch"] = old

    def _shown(self) -> list[tuple[int, Json]]:
        return [
            (index, entry.value if isinstance(entry, Saw) else entry.seen)
            for index, entry in enumerate(self.entries)
            if isinstance(entry, End | Saw)
        ]

    @spoils("epoch")
    def valid_cursor_is_refused(self) -> None:
        done = self.pick(d for d in self._resumes() if d.seen["recovered"])
        done.seen.update(recovered=False, reason="epoch_changed")

    @spoils("epoch")
    def cursor_of_undone_history_is_accepted(self) -> None:
        facts = [(i, e.what) for i, e in enumerate(self.entries) if isinstance(e, Fact)]
        at = next(index for index, what in facts if what == PUT_BACK)
        later = [done for done in self._resumes() if done.first > at]
        done = self.pick(d for d in later if d.seen.get("reason") == "epoch_changed")
        del done.seen["reason"]
        done.seen.update(recovered=True, messages=[])

    def _resumes(self) -> list[Finished]:
        return [done for done in self.calls("subscribe") if "sinceRev" in done.args]
