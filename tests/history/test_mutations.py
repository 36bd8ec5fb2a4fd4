"""Tests of the checker: each mutation of a good history is found, as the right kind of finding."""

from functools import cache

import pytest

from .altered import Altered, Mutation, NothingToAlter, mutations
from .checker import check
from .entries import Entry
from .findings import KINDS
from .mutations_blocks import BlockMutations
from .mutations_deleted import DeletionMutations
from .mutations_epoch import EpochMutations
from .mutations_erasures import ErasureMutations
from .mutations_events import EventMutations
from .mutations_files import FileMutations
from .mutations_inbox import InboxMutations
from .mutations_log import LogMutations
from .mutations_membership import MembershipMutations
from .mutations_notifications import NotificationMutations
from .mutations_profiles import ProfileMutations
from .mutations_quotes import QuoteMutations
from .mutations_reactions import ReactionMutations
from .mutations_retention import RetentionMutations
from .mutations_threads import ThreadMutations
from .mutations_time import TimeMutations
from .people import history

EPOCHS = list(mutations(EpochMutations))
MUTATIONS = [
    *EPOCHS,
    *(
        mutation
        for altered in (
            *(LogMutations, TimeMutations, EventMutations, InboxMutations),
            *(MembershipMutations, BlockMutations, DeletionMutations, ReactionMutations),
            *(ProfileMutations, QuoteMutations, ThreadMutations, NotificationMutations),
            *(FileMutations, ErasureMutations, RetentionMutations),
        )
        for mutation in mutations(altered)
    ),
]
UNDONE = 300
SEEDS = range(150)
"""Each mutation is tried in the first history that has a place for it."""

good = cache(history)


def undone(seed: int) -> list[Entry]:
    return good(seed, undone=UNDONE)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_mutation_is_found(mutation: Mutation) -> None:
    made = undone if mutation in EPOCHS else good
    for seed in SEEDS:
        try:
            run = mutation.spoil(made(seed), seed)
        except NothingToAlter:
            continue
        assert run.entries != made(seed), f"seed {seed}: nothing was spoiled"
        found = check(run.entries)
        kinds = {finding.kind for finding in found}
        assert mutation.kind in kinds, f"seed {seed}: {kinds or 'nothing'} found"
        assert all(finding.entries or finding.kind == "gap" for finding in found)
        return
    raise AssertionError("no history has a place for it")


def test_each_kind_of_finding_has_mutations() -> None:
    assert {mutation.kind for mutation in MUTATIONS} == set(KINDS)
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS) >= 20


def test_unmutated_copy_has_no_findings() -> None:
    entries: list[Entry] = good(3)
    assert Altered(entries, 0).entries == entries
    assert check(Altered(entries, 0).entries) == []
