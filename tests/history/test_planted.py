"""The checker on real servers: it passes a sound one, and finds planted bugs."""

import sys
from pathlib import Path

import pytest

from ..server.process import running
from .checker import check
from .devices import OPTIONS
from .entries import Recording
from .findings import Finding, Kind
from .recorder import Recorder
from .workload import run


async def found(directory: Path, bug: str) -> list[Finding]:
    """Run the workload on a server with a planted bug, and return the findings."""
    command = [sys.executable, "-m", "tests.history.planted", bug]
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


@pytest.mark.parametrize(
    ("bug", "kinds"),
    [
        ("acknowledges_before_the_commit", {"lost"}),
        ("doubles_notifications", {"notification_wrong"}),
        ("drops_notifications", {"notification_wrong"}),
        ("does_not_know_a_retry", {"duplicate"}),
        ("forgets_bans", {"undone"}),
        ("forgets_blocks", {"undone"}),
        ("forgets_deleted_names", {"deleted_room"}),
        ("forgets_heirs", {"succession", "undone"}),
        ("forgets_mutes", {"undone"}),
        ("forgets_pins", {"undone"}),
        ("forgets_profiles", {"undone"}),
        ("forgets_reactions", {"undone"}),
        ("forgets_settings", {"undone"}),
        ("forgets_the_audit", {"lost"}),
        ("keeps_what_the_erased_wrote", {"not_erased"}),
        ("renumbers_after_an_erasure", {"lost"}),
        ("makes_private_rooms_public", {"leak", "undone"}),
        ("forgets_removals", {"undone", "leak"}),
        ("forwards_no_messages", {"unread_wrong"}),
        ("is_ahead_of_the_disk", {"gap"}),
        ("notices_no_rollback", {"epoch"}),
        ("notices_the_last_rollback_alone", {"epoch"}),
        ("searches_everywhere", {"leak"}),
        ("shows_profiles_to_strangers", {"leak"}),
        ("tells_nobody_of_a_deletion", {"deleted_room"}),
        ("begins_no_incarnation", {"epoch"}),
        ("counts_a_reaction_twice", {"reaction_wrong"}),
        ("counts_a_thread_message_twice", {"thread_wrong"}),
        ("loses_reactions_in_a_resume", {"gap"}),
    ],
)
async def test_planted_bug_is_found(bug: str, kinds: set[Kind], tmp_path: Path) -> None:
    findings = await found(tmp_path, bug)
    assert kinds <= {finding.kind for finding in findings}, "\n".join(map(str, findings))
