"""The terminal chat as a user sees it: keys as input, the screen as output."""

from pathlib import Path

from PIL import Image

from chatroom.client import Chat, NewMessage, Typing
from chatroom.model import direct_room

from ..python_client.network import next_of
from .server import Place
from .terminal import ALT_DOWN, CTRL_C, END, ESCAPE, PAGE_DOWN, PAGE_UP, UP, Terminal


async def say(chat: Chat, room: str, *lines: str) -> None:
    await chat.join(room)
    for line in lines:
        await chat.send(room, line)


# ---- files


async def test_a_file_is_sent_and_shown_as_a_link(place: Place, tmp_path: Path) -> None:
    room, path = place.name("cabinet"), tmp_path / "my notes.txt"
    path.write_text("remember the milk")
    async with place.person("bob") as chat, place.terminal("alice", "--room", room) as terminal:
        await chat.join(room)
        await terminal.enter(f"/upload '{path}' look", "look [my notes.txt, 17 B]")
        await terminal.enter("/upload /nowhere", "/nowhere: No such file or directory")
        [message] = (await chat.history(room)).messages
        await chat.download(room, message.seq, message.attachments[0].id, tmp_path / "copy")
        assert (tmp_path / "copy").read_text() == "remember the milk"
        await terminal.enter("/files", "Files: 1", "/files/")
        Image.new("RGB", (40, 20)).save(picture := tmp_path / "face.png")
        await terminal.enter(f"/avatar {picture}", "face.png is your avatar")
        alice = place.name("alice")
        assert [(await chat.get_users([alice]))[0].avatar is None] == [False]
        await terminal.enter("/avatar", "you have no avatar")
        assert (await chat.get_users([alice]))[0].avatar is None
        await terminal.enter(
            f"/avatar '{path}'", "my notes.txt: There is no such picture of yours."
        )
    assert (await place.lines("bob", "history", room))[0].endswith(": look [my notes.txt, 17 B]")


# ---- talking


async def test_replies(place: Place) -> None:
    room, alice, bob = place.name("hall"), place.name("alice"), place.name("bob")
    async with place.person("bob") as chat, place.terminal("alice", "--room", room) as terminal:
        await chat.join(room)
        await terminal.enter("/reply so what", "there is no such message")
        await chat.send(room, "at noon?")
        await terminal.hear("at noon?")
        await chat.send(room, "or later?")
        await terminal.hear("or later?")
        await terminal.enter(f"/reply @{bob} yes", f"{bob}: or later?")
        await chat.send_to(alice, "and tomorrow?")
        await terminal.enter(f"/join @{bob}", "and tomorrow?")
        await terminal.enter("/reply no", f"{bob}: and tomorrow?")
        assert (await chat.history(room)).messages[-1].reply_to == 2
        [asked, answer] = (await chat.history(direct_room(alice, bob))).messages
        assert (answer.text, answer.reply_to) == ("no", asked.seq)


async def test_a_conversation(place: Place) -> None:
    room, alice, bob = place.name("hall"), place.name("alice"), place.name("bob")
    async with (
        place.person("bob") as chat,
        place.terminal("alice", "--room", room) as terminal,
    ):
        await terminal.see("begins")
        await terminal.say("hello, is anybody here?")
        await say(chat, room, "yes")
        await terminal.see(f"{bob} is a member now", f"{bob}  yes", f"online: {bob}")

        await chat.set_typing(room, True)
        await terminal.see(f"{bob} is typing")
        await chat.send(room, f"@{alice}: look")
        await terminal.see("look")
        await terminal.until(lambda: "is typing" not in terminal.shown)

        await terminal.type("typi")
        while await next_of(chat, Typing) != Typing(room, alice, True):
            pass
        await terminal.enter("ng")
        await terminal.hear("typing")

        await terminal.type(UP)
        await terminal.see("edit> typing", "Escape cancels")
        await terminal.enter(" is over")
        await terminal.hear("typing is over (edited)")
        await terminal.type(UP)
        await terminal.see("edit> ")
        await terminal.type(ESCAPE)
        await terminal.until(lambda: "edit> " not in terminal.shown)
        await terminal.enter("/edit by command")
        await terminal.hear("by command (edited)")
        await terminal.enter("/delete", "(deleted)")
        await terminal.enter("//not a command")
        await terminal.hear("  /not a command")
        await terminal.enter("/nonsense", "/nonsense: unknown command")

        await terminal.type("/he\t")
        await terminal.see("> /help")
        await terminal.enter("", "/leave", "PageUp")
        await terminal.type("hello @bo\t")
        await terminal.enter("!")
        await terminal.hear(f"hello @{bob} !")
        while (await next_of(chat, NewMessage)).message.text != f"hello @{bob} !":
            pass  # bob's event may come after alice's reply
        assert [m.text for m in chat.room(room).messages.values()] == [
            "hello, is anybody here?",
            "yes",
            f"@{alice}: look",
            "",
            "/not a command",
            f"hello @{bob} !",
        ]


async def test_rooms_counts_and_reading(place: Place) -> None:
    hall, den, bob = place.name("hall"), place.name("den"), place.name("bob")
    async with (
        place.person("bob") as chat,
        place.terminal("alice", "--room", hall) as terminal,
    ):
        await chat.join(hall)
        await terminal.enter(f"/join {den}", f">#{den}", f" #{hall}")
        await say(chat, hall, "one", "two", f"three, @{place.name('alice')}")
        await chat.send_to(place.name("alice"), "psst")
        await terminal.until(
            lambda: terminal.sidebar == [f">#{den}", line(f"#{hall}", "@1 3"), line(f"@{bob}", "1")]
        )
        await terminal.enter("/unread")  # first the room with a mention
        await terminal.see(f">#{hall}", "\N{BOX DRAWINGS LIGHT HORIZONTAL} new", "three")
        await terminal.until(lambda: terminal.sidebar[1] == f">#{hall}")  # shown, so read
        async with place.person("alice") as alice:
            entries = {entry.room: entry.unread for entry in alice.inbox.rooms}
        assert entries[hall] == 0
        await terminal.type(ALT_DOWN)
        await terminal.see(f">@{bob}", "psst")
        await terminal.enter("/unread")
        await terminal.enter("/leave", "This is not possible in a direct room")


def line(label: str, counts: str) -> str:
    """Return a row of the list of rooms, 20 columns wide."""
    return f"{label}{' ' * (18 - len(label) - len(counts))}{counts}"


async def test_paging_through_a_long_history(place: Place) -> None:
    room = place.name("log")
    await place.fill("bob", room, 270)
    async with place.terminal("alice", "--room", room) as terminal:
        await terminal.see("line 270", "line 251")
        seen: dict[int, None] = {}
        while not any("begins" in row for row in terminal.said):
            seen.update(dict.fromkeys(numbers(terminal)))
            await turn(terminal, PAGE_UP)
        seen.update(dict.fromkeys(numbers(terminal)))
        assert sorted(seen) == list(range(1, 271))
        async with place.person("bob") as chat:  # new messages do not move the view
            top = terminal.said
            await chat.send(room, "newest")
            await terminal.type(PAGE_DOWN + PAGE_UP)
            await terminal.until(lambda: terminal.said == top)
            await terminal.type(END)
            await terminal.hear("newest")


def numbers(terminal: Terminal) -> list[int]:
    return [int(text.split()[1]) for text in terminal.texts if text.startswith("line ")]


async def turn(terminal: Terminal, key: str) -> None:
    """Press a paging key, and wait until the pane ends with another line.

    Other parts of the screen change by themselves: who is online, and older messages, which arrive
    above the present ones. Before these arrive, paging up has no effect.
    """
    last, coming = numbers(terminal)[-1], "PageUp for older messages"
    await terminal.type(key)
    await terminal.until(lambda: numbers(terminal)[-1] != last and coming not in terminal.shown)


async def test_going_to_the_first_of_many_unread(place: Place) -> None:
    room = place.name("busy")
    await place.run("alice", "send", room, "--join", typed="mine\n")
    await place.fill("bob", room, 240)
    async with place.terminal("alice") as terminal:
        await terminal.see("line 240")
        await terminal.enter("/unread", "line 1", "\N{BOX DRAWINGS LIGHT HORIZONTAL} new")
        await terminal.until(lambda: terminal.texts[0] == "line 1")
        for _ in range(4):
            await turn(terminal, PAGE_DOWN)
        assert terminal.texts[0] != "line 1"
        await terminal.type(END)
        await terminal.see("line 240")


async def test_talking_to_one_person(place: Place) -> None:
    async with place.person("bob") as chat, place.terminal("alice") as terminal:
        await terminal.enter(f"/dm {place.name('bob')}", "No messages between")
        await terminal.say("hello bob")
        await terminal.say("and again")
        room = (await chat.get_inbox()).rooms[0].room
        await chat.subscribe(room)
        await chat.send(room, "hello alice")
        await terminal.see("hello alice")
        await terminal.enter(f"/dm {place.name('nobody')} anybody?", "not sent", "anybody?")
        # A person who begins while one is about to.
        async with place.person("carol") as carol:
            await terminal.enter(
                f"/dm {place.name('carol')}", f"between you and {place.name('carol')}"
            )
            await carol.send_to(place.name("alice"), "first!")
            await terminal.see("first!")


async def test_a_mention_rings_and_is_in_the_title(place: Place) -> None:
    room, alice = place.name("hall"), place.name("alice")
    async with place.person("bob") as chat, place.terminal("alice", "--room", room) as terminal:
        await terminal.see("begins")
        await say(chat, room, "hello")
        await terminal.hear("hello")
        assert terminal.rings == 0
        await chat.send_to(alice, "are you there?")
        await terminal.until(lambda: terminal.title.startswith("(1) "))
        assert terminal.rings == 1


async def test_ctrl_c_clears_the_line_and_up_brings_it_back(place: Place) -> None:
    async with place.terminal("alice", "--room", place.name("hall")) as terminal:
        await terminal.see("begins")
        await terminal.type("not yet")
        await terminal.see("> not yet")
        await terminal.type(CTRL_C)
        await terminal.until(lambda: "> not yet" not in terminal.shown)
        await terminal.type(UP)
        await terminal.see("> not yet")
        await terminal.type(CTRL_C)
        await terminal.until(lambda: "> not yet" not in terminal.shown)
        await terminal.type(CTRL_C)
        assert await terminal.ended() == 0


async def test_private_rooms_invitations_and_being_removed(place: Place) -> None:
    room, alice = place.name("secret"), place.name("alice")
    async with place.person("bob") as chat, place.terminal("alice") as terminal:
        await chat.create_room(room, "private")
        await chat.invite(room, alice)
        await terminal.see(f"#{room}")
        await terminal.type(ALT_DOWN)
        await terminal.see(f">#{room}")
        await terminal.enter("/members", f"Members of #{room}: 2", f"{place.name('bob')} (owner)")
        await place.token("carol")
        await terminal.enter(f"/invite {place.name('carol')}", "Only moderators and owners")
        await chat.remove_member(room, alice)
        await terminal.see("No room is open", f"you are no longer a member of #{room}")
        await terminal.enter("hello?", "no room is open: /join ROOM", "> hello?")


async def test_leaving_and_listing_rooms(own_place: Place) -> None:
    place = own_place  # on a shared server there may be more rooms than fit
    hall, den = place.name("hall"), place.name("den")
    async with place.terminal("alice", "--room", hall) as terminal:
        await terminal.enter(f"/join {den}", f">#{den}")
        await terminal.enter("/leave", f">#{hall}")
        await terminal.until(lambda: terminal.sidebar == [f">#{hall}"])
        await terminal.enter("/rooms", "Rooms that can be joined", f"#{den}  0 members")
        await terminal.type(f"/join {hall[:2]}\t")
        await terminal.see(f"> /join {hall}")


# ---- escape sequences


async def test_escape_sequences_do_nothing(place: Place) -> None:
    room = place.name("hall")
    evil = "\x1b]2;PWNED\x07\x1b[31mred\x1b[2J\x9b31mC1 \u202edrowkcab\u202c\ttab\rover \x7f\b."
    async with place.person("bob") as chat, place.terminal("alice", "--room", room) as terminal:
        await say(chat, room, evil, "second\x1b[1;1Hline\nof two")
        await terminal.see("[31mred", "C1 ", "second", "of two")
        assert terminal.rows[0].startswith(f">#{room}")
        for harm in (b"PWNED\x07", b"\x1b[31mred", b"\x1b[2J\xef", b"\xc2\x9b", b"\xe2\x80\xae"):
            assert harm not in terminal.raw
        assert "\N{REPLACEMENT CHARACTER}]2;PWNED\N{REPLACEMENT CHARACTER}" in terminal.shown
