"""A made-up Slack export, with the files and fields that Slack writes."""

import json
import zipfile
from pathlib import Path
from typing import Any, Final

from .exports import Json

T: Final = 1_600_000_000


def user(key: str, name: str, **fields: Any) -> Json:
    return {
        "id": key,
        "team_id": "T1",
        "name": name,
        "deleted": False,
        "real_name": name.title(),
        "profile": {"real_name": name.title(), "display_name": "", "email": f"{name}@example.com"},
        "is_admin": False,
        "is_owner": False,
        "is_bot": False,
        "updated": T,
        **fields,
    }


def channel(key: str, name: str, members: list[str], **fields: Any) -> Json:
    return {
        "id": key,
        "name": name,
        "created": T - 100,
        "creator": "U1",
        "is_archived": False,
        "is_general": False,
        "members": members,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        **fields,
    }


def message(user: str, at: int, text: str, **fields: Any) -> Json:
    """:param at: seconds after T."""
    return {
        "client_msg_id": f"c{at}",
        "type": "message",
        "user": user,
        "text": text,
        "ts": f"{T + at}.000200",
        "team": "T1",
        "blocks": [{"type": "rich_text", "block_id": "x", "elements": []}],
        **fields,
    }


def ts(at: int) -> str:
    return f"{T + at}.000200"


FILE: Final = {
    "id": "F1",
    "created": T,
    "name": "plan.txt",
    "title": "Plan",
    "mimetype": "text/plain",
    "mode": "hosted",
    "size": 5,
    "url_private": "https://files.slack.com/files-pri/T1-F1/plan.txt",
}
GENERAL: Final = [
    message("U1", 1, "<@U1> has joined the channel", subtype="channel_join"),
    message(
        "U1",
        10,
        "*Hello* <@U2> &amp; <!channel>, see <#C2|secret> :wave:",
        thread_ts=ts(10),
        reply_count=1,
        reactions=[
            {"name": "+1", "users": ["U2", "U3"], "count": 2},
            {"name": "partyparrot", "users": ["U2"], "count": 1},
            {"name": "wave::skin-tone-3", "users": ["U2"], "count": 1},
        ],
        edited={"user": "U1", "ts": f"{T + 11}.000000"},
    ),
    message("U3", 12, "look", files=[FILE, {**FILE, "id": "F2", "name": "gone.txt"}]),
    {"type": "message", "subtype": "bot_message", "bot_id": "B1", "text": "beep", "ts": ts(13)},
]
NEXT_DAY: Final = [
    message("U2", 90_000, "a reply", thread_ts=ts(10), parent_user_id="U1"),
    message("U2", 90_001, "an orphan", thread_ts=ts(-5)),
    message("U9", 90_002, "from afar", user_profile={"real_name": "Zoe", "name": "zoe"}),
    message("U2", 90_003, "long " * 1000),
    message("U2", 90_004, "waves", subtype="me_message"),
]


def contents() -> dict[str, list[Json]]:
    return {
        "users.json": [
            user("U1", "alice", is_admin=True),
            user("U2", "bob", profile={"display_name": "Bobby", "real_name": "Bob"}),
            user("U3", "channel", deleted=True),  # a name that is reserved here
            user("U4", "beeper", is_bot=True),
        ],
        "channels.json": [
            channel(
                "C1",
                "general",
                ["U1", "U2", "U4"],
                purpose={"value": "For <@U1> &amp; all"},
                pins=[{"id": ts(10), "type": "C", "created": T + 20, "user": "U2", "owner": "U1"}],
            ),
            channel("C3", "old", ["U2"], is_archived=True),
        ],
        "groups.json": [channel("C2", "secret", ["U1"])],
        "dms.json": [
            {"id": "D1", "created": T, "members": ["U1", "U2"]},
            {"id": "D2", "created": T, "members": ["U1", "U3"]},
        ],
        "mpims.json": [channel("G1", "mpdm-alice--bob--channel-1", ["U1", "U2", "U3"])],
        "integration_logs.json": [],
        "general/2020-09-13.json": GENERAL,
        "general/2020-09-14.json": NEXT_DAY,
        "secret/2020-09-13.json": [message("U1", 3, "hush")],
        "D1/2020-09-13.json": [message("U2", 4, "hi")],
        "mpdm-alice--bob--channel-1/2020-09-13.json": [message("U1", 5, "all three")],
    }


def write_directory(path: Path, files: dict[str, list[Json]]) -> Path:
    for name, found in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(json.dumps(found))
    return path


def write_zip(path: Path, files: dict[str, list[Json]]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, found in files.items():
            archive.writestr(f"workspace/{name}", json.dumps(found))
    return path
