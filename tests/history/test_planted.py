"""The checker on real servers: it passes a sound one, and finds planted bugs."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from ..server.process import running
from .checker import check
from .devices import OPTIONS
from .entries import Recording
from .findings import Finding, Kind
from .recorder import Recorder
from .workload import run

PLANTED: Final[tuple[Mapping[str, Mapping[Kind, str]], ...]] = (
    {
        "forgets_bans": {"undone": " is not banned, "},
        "forgets_blocks": {"undone": " does not block "},
        "forgets_mutes": {"undone": " is not muted in "},
        "forgets_the_audit": {"lost": "the audit of "},
        "shows_profiles_to_strangers": {"leak": " without a common room"},
        "does_not_know_a_retry": {"duplicate": "one clientId was acknowledged as "},
        "removes_one_message_too_many": {"retention_wrong": "cellar has "},
    },
    {
        "doubles_notifications": {"notification_wrong": " comes twice without a kill"},
        "forgets_profiles": {"undone": "'s displayName is "},
        "searches_everywhere": {"leak": " is in den, "},
        "counts_a_thread_message_twice": {"thread_wrong": ""},
        "notices_no_rollback": {"epoch": " is gone on from, and was undone"},
        "forgets_what_rooms_keep": {"retention_wrong": "cellar still has "},
    },
    {
        "drops_notifications": {"notification_wrong": " is never notified of "},
        "forgets_settings": {"undone": " is public for "},
        "counts_a_reaction_twice": {"reaction_wrong": ""},
        "keeps_what_the_erased_wrote": {"not_erased": ""},
        "tells_nobody_of_a_deletion": {"deleted_room": ""},
        "begins_no_incarnation": {"epoch": ""},
    },
    {
        "forgets_heirs": {"succession": " has 0 owners"},
        "forwards_no_messages": {"unread_wrong": ""},
        "forgets_reactions": {"undone": "'s \N{THUMBS UP SIGN} is not as it was"},
    },
    {"acknowledges_before_the_commit": {"lost": ""}},
    {"forgets_deleted_names": {"deleted_room": ""}},
    {"forgets_removals": {"undone": "", "leak": ""}},
    {"is_ahead_of_the_disk": {"gap": ""}},
    {"loses_reactions_in_a_resume": {"gap": ""}},
    {"makes_private_rooms_public": {"undone": "", "leak": ""}},
    {
        "notices_the_last_rollback_alone": {"epoch": ""},
        "forgets_pins": {"undone": " is not pinned, "},
    },
    {"renumbers_after_an_erasure": {"lost": ""}},
)
"""By server: the kinds and words of findings by the bug that causes them. Bugs that cause findings
of many kinds have a server alone."""


async def found(directory: Path, *bugs: str) -> list[Finding]:
    """Run the workload on a server with planted bugs, and return the findings."""
    command = [sys.executable, "-m", "tests.history.planted", ",".join(bugs)]
    path = directory / "run.jsonl"
    with running(directory, *OPTIONS, command=command) as server, Recorder(path) as recorder:
        await run(server, recorder)
    return check(Recording((path,)))


@pytest.mark.parametrize("server", ["sound", "sound_on_a_full_disk"])
async def test_sound_server_has_no_findings(server: str, tmp_path: Path) -> None:
    findings = await found(tmp_path, server)
    assert not findings, "\n".join(map(str, findings))


async def test_two_nodes_have_no_other_findings(tmp_path: Path) -> None:
    """A node hears of another one's deletion by news or by its poll, so perhaps after the reply.
    Each node notifies devices by itself."""
    known = " told ", " comes twice "
    findings = await found(tmp_path, "sound_on_two_nodes")
    wrong = [str(each) for each in findings if not any(text in str(each) for text in known)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("bugs", PLANTED, ids=lambda bugs: next(iter(bugs)))
async def test_planted_bugs_are_found(
    bugs: Mapping[str, Mapping[Kind, str]], tmp_path: Path
) -> None:
    findings = await found(tmp_path, *bugs)
    missed = [
        f"{bug}: {kind}: {text}"
        for bug, signs in bugs.items()
        for kind, text in signs.items()
        if not any(each.kind == kind and text in each.text for each in findings)
    ]
    assert not missed, "\n".join([*missed, *map(str, findings)])
