"""Slack exports: what becomes of their texts, and of a whole export."""

import json
from pathlib import Path

import pytest
import trio
from click.testing import CliRunner

from chatroom.cli import main
from chatroom.importing.slack.emojis import emoji
from chatroom.importing.slack.text import Names, markdown

from .exports import content, log_of
from .slack_exports import T, contents, write_directory, write_zip

NAMES = Names({"U1": "alice"}, {"C1": "general"})


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("plain", "plain"),
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("<@U1> and <@U2|bob>, <@U3>", "@alice and @bob, @u3"),
        ("<#C1|old-name> <#C2|other> <#C3>", "#general #other #C3"),
        ("<!here> <!channel> <!everyone>", "@room @room @room"),
        ("<!subteam^S1|@devs>", "@devs"),
        ("<!date^1600000000^{date}|yesterday>", "yesterday"),
        ("<https://x.org/a_b*c>", "https://x.org/a_b*c"),
        ("<https://x.org/?a=1&amp;b=(2)|the [x]>", r"[the \[x\]](https://x.org/?a=1&b=%282%29)"),
        ("<mailto:a@b.org|a@b.org>", "a@b.org"),
        ("*bold* _it_ ~gone~", "**bold** _it_ ~~gone~~"),
        ("*see <https://x.org|x>*", "**see [x](https://x.org)**"),
        ("2*3*4 a~b~c", "2*3*4 a~b~c"),
        ("`*a* &lt;` *b*", "`*a* <` **b**"),
        ("```a *b*\n<https://x.org>```", "```\na *b*\nhttps://x.org\n```"),
        (":wave: at 10:30:45 :our-own:", "\U0001f44b at 10:30:45 :our-own:"),
        ("&gt; said", "> said"),
        ("# no heading", r"\# no heading"),
    ],
)
def test_markup_becomes_markdown(text: str, wanted: str) -> None:
    assert markdown(text, NAMES) == wanted


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("+1", "\U0001f44d"),
        ("thumbsup::skin-tone-2", "\U0001f44d\U0001f3fb"),
        ("rocket::skin-tone-2", "\U0001f680"),
        ("heart", "\u2764\ufe0f"),
        ("flag-de", "\U0001f1e9\U0001f1ea"),
        ("partyparrot", None),
    ],
)
def test_emojis_by_their_names(name: str, wanted: str | None) -> None:
    assert emoji(name) == wanted


def run(source: Path, data: Path, *arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(
        main, ["import", "--slack", str(source), "--data", str(data), *arguments]
    )
    assert done.exit_code == code, done.output
    return done.output


@pytest.fixture
def no_tuning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the garbage collector of the tests as it is."""
    monkeypatch.setattr("chatroom.cli.importing.tune_gc", lambda: None)


@pytest.mark.usefixtures("no_tuning")
def test_an_export_is_imported(tmp_path: Path) -> None:
    files, data = tmp_path / "files", tmp_path / "data"
    (files / "F1").mkdir(parents=True)
    (files / "F1" / "plan.txt").write_text("hello")
    out = run(write_zip(tmp_path / "export.zip", contents()), data, "--files", str(files))
    assert out.splitlines() == [
        "left out: bot that wrote nothing: 1",
        "left out: bot_message: 1",
        "left out: channel_join: 1",
        "left out: direct room without messages: 1",
        "left out: file that is not there, so its name is in the text: 1",
        "left out: reaction :partyparrot:: 1",
        "left out: thread of a message whose thread has no beginning: 1",
        "users: 4, of them new: 4",
        "rooms: 3, direct rooms: 1, groups: 1",
        "messages: 11, of them in threads: 1",
        "reactions: 3, pins: 1, files: 1",
        f"names that change: 'channel' becomes {name_of_u3(data)}",
        "rooms without an owner, which an admin can enter: old",
        "imported: 4 accounts, 5 rooms, 11 messages; there already: 0 messages",
    ]
    log = trio.run(log_of, data, "general")
    assert [each.sender for each in log] == [
        "alice",
        name_of_u3(data),
        *["bob"] * 2,
        "u9",
        *["bob"] * 3,
    ]
    first, look, reply, orphan, _, long, rest, wave = log
    assert first.text == "**Hello** @bob & @room, see #secret \U0001f44b"
    assert (first.timestamp, first.edited_at) == ((T + 10) * 1000, (T + 11) * 1000)
    assert set(first.mentions) == {"bob", "room"}
    assert first.pinned_by == "bob"
    assert [(each.emoji, each.count) for each in first.reactions] == [
        ("\U0001f44d", 2),
        ("\U0001f44b\U0001f3fc", 1),
    ]
    assert look.text == "look\n[gone.txt]"
    assert [each.name for each in look.attachments] == ["plan.txt"]
    assert (reply.thread, orphan.thread) == (1, None)
    assert f"{long.text} {rest.text}" == ("long " * 1000).strip()
    assert wave.text == "_waves_"
    found = content(data)
    rooms = {name: rest for name, *rest in found["rooms"]}
    assert rooms["general"][:4] == ["room", "public", "general", "For @alice & all"]
    assert (rooms["secret"][1], rooms["old"][-1], "@alice:bob" in rooms) == ("private", 1, True)
    assert ("bob", "Bobby") in found["users"]
    assert ("u9", "Zoe") in found["users"]
    roles = {(room, user): role for room, user, role, *_ in found["members"]}
    assert roles["general", "alice"] == "owner"
    assert roles["general", "bob"] == "member"


def name_of_u3(data: Path) -> str:
    (name,) = [name for name, shown in content(data)["users"] if shown == "Channel"]
    assert str(name).startswith("channel-")
    return str(name)


@pytest.mark.usefixtures("no_tuning")
def test_another_run_changes_nothing(tmp_path: Path) -> None:
    source, data = write_directory(tmp_path / "export", contents()), tmp_path / "data"
    run(source, data)
    before = content(data)
    assert "imported: 0 accounts, 0 rooms, 0 messages; there already: 11" in run(source, data)
    assert content(data) == before
    assert CliRunner().invoke(main, ["check", "--data", str(data)]).output == "ok\n"


def test_a_dry_run_makes_nothing(tmp_path: Path) -> None:
    source, data = write_directory(tmp_path / "export", contents()), tmp_path / "data"
    assert "messages: 11, of them in threads: 1" in run(source, data, "--dry-run")
    assert not data.exists()


def test_what_is_wrong_is_named_with_its_file(tmp_path: Path) -> None:
    source, data = write_directory(tmp_path / "export", contents()), tmp_path / "data"
    day = source / "general" / "2020-09-13.json"
    messages = json.loads(day.read_text())
    del messages[2]["ts"]
    day.write_text(json.dumps(messages))
    assert run(source, data, code=1) == (
        f"Error: {source}, general/2020-09-13.json, message 3: ts: is missing\n"
    )
    day.write_text("{")
    assert f"{source}, general/2020-09-13.json: " in run(source, data, code=1)
    (source / "users.json").unlink()
    assert "is no Slack export" in run(source, data, code=1)
    assert not data.exists()
