"""Parsing of commands, completions, rooms and times; and the file with tokens."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chatroom.cli.chat import commands, parsing, server_commands
from chatroom.cli.chat.completion import completions, typed_name
from chatroom.cli.parse import (
    Moment,
    parse_duration,
    parse_moment,
    parse_time,
    partner_of,
    room_of,
)
from chatroom.cli.token_store import TokenFileError, TokenStore
from chatroom.client import Profile

from .test_state import entry, message, opened


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("", None),
        ("  \n ", None),
        (" hello ", commands.Say("hello")),
        ("two\nlines", commands.Say("two\nlines")),
        ("//etc/hosts", commands.Say("/etc/hosts")),
        ("/join general", commands.Join("general")),
        ("/JOIN #General ", commands.Join("general")),
        ("/join @bob", commands.Direct("bob")),
        ("/dm bob", commands.Direct("bob")),
        ("/dm @Bob how are  you", commands.Direct("bob", "how are  you")),
        ("/invite @bob", commands.Invite("bob")),
        ("/kick @bob", commands.Remove("bob")),
        ("/msg bob hi", commands.Direct("bob", "hi")),
        ("/part", commands.Leave()),
        ("/NAMES", commands.ShowMembers()),
        ("/nick Al", commands.SetName("Al")),
        ("/me waves ", commands.Say("*waves*")),
        ("/me", commands.Invalid("/me TEXT: a text is required")),
        ("/name  Alice  A. ", commands.SetName("Alice A.")),
        ("/name", commands.Invalid("/name NAME: a name is required")),
        ("/status", commands.SetStatus()),
        ("/status at  lunch", commands.SetStatus("at lunch")),
        ("/status \u2764 1h at lunch", commands.SetStatus("at lunch", "\u2764\ufe0f", 3600)),
        ("/status :beer: ", commands.SetStatus("", "\U0001f37a")),
        ("/status beer 5", commands.SetStatus("beer 5")),
        ("/avatar", commands.SetAvatar()),
        ("/avatar 'my face.png'", commands.SetAvatar("my face.png")),
        ("/status 2d away", commands.SetStatus("away", None, 172_800)),
        (
            "/status 2d",
            commands.Invalid("/status [EMOJI] [1h] TEXT: a text or an emoji is required"),
        ),
        ("/who", commands.ShowWho()),
        ("/who @Bob", commands.ShowWho("bob")),
        ("/bans", server_commands.ShowSanctions("ban")),
        ("/mutes", server_commands.ShowSanctions("mute")),
        ("/link", server_commands.CreateLink()),
        ("/link 5 2d server", server_commands.CreateLink(5, 172_800, True)),
        (
            "/link 0",
            commands.Invalid(
                "/link [5] [2d] [server]: a number of people, a time as 2d, and server are possible"
            ),
        ),
        ("/links", server_commands.ShowLinks()),
        ("/revoke 1f", server_commands.RevokeLink("1f")),
        ("/accept abC", server_commands.AcceptLink("abC")),
        ("/accept http://chat/?invitation=abC", server_commands.AcceptLink("abC")),
        ("/audit", server_commands.ShowAudit()),
        ("/audit all", server_commands.ShowAudit(everywhere=True)),
        ("/admin @Bob", server_commands.SetAdmin("bob", admin=True)),
        ("/unadmin bob", server_commands.SetAdmin("bob", admin=False)),
        ("/disable bob", server_commands.SetDisabled("bob", disabled=True)),
        ("/enable bob", server_commands.SetDisabled("bob", disabled=False)),
        ("/enter #Den", server_commands.EnterRoom("den")),
        ("/role @Bob Moderator", commands.SetRole("bob", "moderator")),
        ("/group @Bob carol", commands.CreateGroup(("bob", "carol"))),
        ("/delete-room #Hall", commands.DeleteRoom("hall")),
        ("/topic the weather", commands.SetRoom({"topic": "the weather"})),
        ("/topic", commands.SetRoom({"topic": ""})),
        ("/title The Hall", commands.SetRoom({"title": "The Hall"})),
        ("/set Private", commands.SetRoom({"visibility": "private"})),
        ("/set write moderators", commands.SetRoom({"posting": "moderators"})),
        ("/set slow 30s", commands.SetRoom({"slow_mode_s": 30})),
        ("/set slow off", commands.SetRoom({"slow_mode_s": 0})),
        ("/mute @Bob", commands.Mute("bob")),
        ("/mute bob 30m too  loud", commands.Mute("bob", 1800, "too  loud")),
        ("/unmute bob", commands.Unmute("bob")),
        ("/ban bob 2d", commands.Ban("bob", 172_800)),
        ("/ban bob 2many words", commands.Ban("bob", None, "2many words")),
        ("/unban bob", commands.Unban("bob")),
        ("/purge bob 24h", commands.DeleteAllOf("bob", 86_400)),
        ("/block @Bob", commands.Block("bob")),
        ("/unblock bob", commands.Unblock("bob")),
        ("/blocked", commands.ShowBlocked()),
        ("/test-push", commands.TryPush()),
        ("/search lost  keys", commands.Search("lost  keys")),
        ("/edit better", commands.Edit("better")),
        ("/delete", commands.Delete()),
        ("/pin", commands.Pin()),
        ("/unpin @Bob", commands.Pin("bob", pinned=False)),
        ("/pins", commands.ShowPins()),
        ("/thread 12", commands.ShowThread(12)),
        ("/thread #12 yes no", commands.SayInThread("yes no", 12)),
        ("/thread yes", commands.SayInThread("yes")),
        ("/thread @Bob yes", commands.SayInThread("yes", name="bob")),
        (
            "/thread",
            commands.Invalid("/thread N | [N] TEXT: the number of a thread or a text is required"),
        ),
        ("/threads", commands.ShowThreads()),
        ("/upload a.png", commands.SendFile("a.png")),
        ("/upload 'my notes.txt' look at  this", commands.SendFile("my notes.txt", "look at this")),
        ("/files", commands.ShowFiles()),
        ("/mentions", commands.ShowMentions()),
        ("/reply at  noon", commands.Reply("at  noon")),
        ("/reply @Bob at noon", commands.Reply("at noon", "bob")),
        ("/reply @Bob", commands.Invalid("/reply [@NAME] TEXT: a text is required")),
        ("/react \u2764", commands.React("\u2764\ufe0f")),
        ("/react :thumbsup: @Bob", commands.React("\U0001f44d", "bob")),
        ("/react +1", commands.React("\U0001f44d")),
        ("/leave", commands.Leave()),
        ("/unread", commands.JumpToUnread()),
        ("/members", commands.ShowMembers()),
        ("/rooms", commands.ShowRooms()),
        ("/help", commands.ShowHelp()),
        ("/quit", commands.Quit()),
    ],
)
def test_commands(typed: str, command: commands.Command | None) -> None:
    assert parsing.parse(typed) == command


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("/nonsense", "/nonsense: unknown command; see /help"),
        ("/join", "/join ROOM: one name is required"),
        ("/join two rooms", "/join ROOM: one name is required"),
        ("/leave general", "/leave: takes no arguments"),
        ("/dm", "/dm NAME [TEXT]: a name is required"),
        ("/role bob chief", "/role NAME ROLE: the role is owner, moderator or member"),
        ("/mute", "/mute NAME [1h] [REASON]: a name is required"),
        (
            "/purge bob",
            "/purge NAME 24h: a name and a time are required, as 30m, 24h or 2d",
        ),
        ("/group", "/group NAME NAME...: names are required"),
        ("/search ", "/search WORDS: a word is required"),
        ("/upload ", "/upload PATH [TEXT]: a path is required"),
        ("/avatar a b", "/avatar [PATH]: one path is required; quote one with spaces"),
        ("/avatar 'a", "/avatar [PATH]: a quotation mark is not closed"),
        ("/upload 'a", "/upload PATH [TEXT]: a quotation mark is not closed"),
        ("/edit ", "/edit TEXT: a new text is required"),
        ("/pin a b", "/pin [NAME]: at most one name"),
        ("/react nothing", "/react EMOJI [NAME]: nothing is not an emoji"),
        ("/react", "/react EMOJI [NAME]: an emoji is required, and perhaps a name"),
    ],
)
def test_invalid_commands(typed: str, why: str) -> None:
    assert parsing.parse(typed) == commands.Invalid(why)


@pytest.mark.parametrize(
    ("before", "texts"),
    [
        ("/le", ["/leave "]),
        ("/", [f"{name} " for name in parsing.COMMANDS]),
        ("/join h", ["hall", "hangar"]),
        ("/join #hal", ["hall"]),
        ("/dm b", ["bella ", "bob "]),
        ("/dm @bo", ["bob "]),
        ("/invite car", ["carol "]),
        ("hello bo", ["@bob "]),
        ("hello (@bo", ["@bob "]),
        ("hello @", ["@bella ", "@bob ", "@carol ", "@room "]),
        ("see #ha", ["#hall ", "#hangar "]),
        ("hello ", []),
        ("", []),
        ("alic", []),  # not the user's own name
    ],
)
def test_completion(before: str, texts: list[str]) -> None:
    state = opened(message(1, "bob"), message(2, "alice"))
    state.put_entry(entry("@alice:bob"))
    state.members = {"alice", "bob", "bella", "carol"}
    state.joinable = {"hangar"}
    length, found = completions(state, before)
    assert found == texts
    assert before.endswith(before[len(before) - length :])


def test_people_are_completed_by_any_word_of_their_names() -> None:
    state = opened(message(1, "zoe"), message(2, "bob"))
    state.users.put(Profile("zoe", "Zo\u00eb van Bergen"))
    state.found.add("rene")
    state.users.put(Profile("rene", "Ren\u00e9 B."))
    assert completions(state, "hello @b") == (2, ["@bob ", "@rene ", "@zoe "])
    assert completions(state, "hello @berg") == (5, ["@zoe "])
    assert completions(state, "/dm RENE") == (4, ["rene "])
    assert completions(state, "hello @erg") == (4, [])


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        ("hello @bo", ("bo", True)),
        ("(@bo", ("bo", True)),
        ("/dm bo", ("bo", False)),
        ("/who @bo", ("bo", False)),
        *((before, None) for before in ("hello bo", "@", "/dm ", "/dm bob he", "/join ge", "")),
    ],
)
def test_names_to_ask_for(before: str, wanted: tuple[str, bool] | None) -> None:
    assert typed_name(before) == wanted


def test_rooms_and_people_as_places() -> None:
    assert partner_of("@bob") == "bob"
    assert partner_of("bob") is None
    assert partner_of("@alice:bob") is None
    assert room_of("@bob", "carol") == "@bob:carol"
    assert room_of("@alice:bob", "alice") == "@alice:bob"
    assert room_of("#ops", "alice") == "ops"


def test_moments() -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)

    def ms(*when: int) -> int:
        return int(datetime(*when, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type,misc]

    assert parse_moment("120", now) == Moment("seq", 120)
    assert parse_moment("90m", now) == Moment("time", ms(2026, 11, 24, 10, 30))
    assert parse_moment("2d", now) == Moment("time", ms(2026, 11, 22, 12))
    assert parse_moment("2026-11-24T06:19Z", now) == Moment("time", ms(2026, 11, 24, 6, 19))
    assert parse_moment("2026-11-24T06:19+02:00", now) == Moment("time", ms(2026, 11, 24, 4, 19))
    local = int(datetime(2026, 11, 24).astimezone().timestamp() * 1000)
    assert parse_moment("2026-11-24", now) == Moment("time", local)
    for nonsense in ("yesterday", "", "2y", "-1", "999999999w", "\u0663"):
        with pytest.raises(ValueError, match="a seq"):
            parse_moment(nonsense, now)
    assert parse_time("90m", now) == ms(2026, 11, 24, 10, 30)
    assert parse_time("2026-11-24T06:19", now, utc=True) == ms(2026, 11, 24, 6, 19)
    with pytest.raises(ValueError, match="must be a time"):
        parse_time("120", now)
    assert (parse_duration("30m"), parse_duration("1w")) == (1800, 604_800)
    for nonsense in ("0s", "120", "999999999w", "-1d", "2y"):
        with pytest.raises(ValueError, match="must be a time, such as"):
            parse_duration(nonsense)


def test_tokens_are_kept_for_each_server_and_for_their_owner_alone(tmp_path: Path) -> None:
    tokens = TokenStore.of_user({"XDG_CONFIG_HOME": str(tmp_path)})
    assert tokens.get("http://one") is None
    tokens.forget("http://one")
    tokens.store("http://one/", "first")
    tokens.store("http://two", "second")
    assert tokens.get("http://one") == "first"
    assert stat.S_IMODE(tokens.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(tokens.path.parent.stat().st_mode) == 0o700
    tokens.forget("http://one")
    assert tokens.get("http://one") is None
    assert tokens.get("http://two") == "second"
    assert [path.name for path in tokens.path.parent.iterdir()] == ["tokens.json"]


def test_a_foreign_file_is_not_changed(tmp_path: Path) -> None:
    tokens = TokenStore.of_user({"XDG_CONFIG_HOME": str(tmp_path)})
    tokens.path.parent.mkdir()
    tokens.path.write_text("not JSON")
    with pytest.raises(TokenFileError):
        tokens.store("http://one", "token")
    assert tokens.path.read_text() == "not JSON"


def test_a_relative_configuration_directory_is_not_used() -> None:
    assert TokenStore.of_user({"XDG_CONFIG_HOME": "here"}).path.is_absolute()
