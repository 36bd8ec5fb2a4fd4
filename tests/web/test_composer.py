"""The composer: drafts, completion, commands, keys, limits."""

import time

from playwright.sync_api import Locator, expect

from .chat_page import ChatPage
from .server import PageServer
from .visits import Visits


def option(page: ChatPage, name: str) -> Locator:
    """A suggestion, the chosen one or another."""
    return page.tab.get_by_role("option", name=name)


def test_drafts_and_the_answered_message_come_back(visit: Visits, shared: PageServer) -> None:
    token = shared.add_user("dora")
    with shared.meet("drafts", "dirk") as [dirk]:
        dirk.say("drafts", "What do you think?")
        with shared.session(token) as dora:
            dora.call("joinRoom", room="drafts")
            dora.call("joinRoom", room="elsewhere-d", create=True)
        page = visit(shared, token, "rooms/drafts")
        page.message("What do you think?").hover()
        page.message("What do you think?").get_by_role("button", name="Reply", exact=True).click()
        expect(page.composer).to_be_focused()
        page.composer.fill("I think")
        page.open("elsewhere-d")
        expect(page.composer).to_have_value("")
        expect(page.link("drafts").get_by_role("img", name="Draft")).to_be_visible()
        page.tab.reload()
        page.open("drafts")
        expect(page.composer).to_have_value("I think")
        expect(page.view.locator(".composer-reply")).to_contain_text("What do you think?")
        page.composer.press("End")
        page.composer.type(" so")
        page.composer.press("Enter")
        expect(page.message("I think so").get_by_role("button", name="What do")).to_be_visible()
        expect(page.composer).to_have_value("")
        expect(page.view.locator(".composer-reply")).to_have_count(0)
        page.tab.reload()
        expect(page.message("I think so")).to_be_visible()
        expect(page.composer).to_have_value("")


def test_names_rooms_and_emoji_are_completed(visit: Visits, shared: PageServer) -> None:
    token = shared.add_user("cleo")
    with shared.meet("completing", "cora") as [cora]:
        shared.add_user("zoe-k", "Zoë Kärcher")
        cora.call("setRoom", room="completing", title="All that is complete")
        with shared.session(token) as cleo:
            cleo.call("joinRoom", room="completing")
        page = visit(shared, token, "rooms/completing")

        # Members by the beginning of a word, without accents and case, and everyone.
        cora.call("invite", room="completing", user="zoe-k")
        page.composer.type("hello @KAR")
        expect(option(page, "Zoë Kärcher")).to_have_attribute("aria-selected", "true")
        page.composer.press("Tab")
        expect(page.composer).to_have_value("hello @zoe-k ")
        page.composer.type("and @ever")
        page.composer.press("Enter")
        expect(page.composer).to_have_value("hello @zoe-k and @room ")

        # The arrow keys choose, Escape closes, and the next Enter sends.
        page.composer.fill("")
        page.composer.type(":cat")
        chosen = page.tab.get_by_role("option", selected=True)
        expect(chosen).to_have_count(1)
        first = chosen.text_content()
        page.composer.press("ArrowDown")
        expect(chosen).not_to_have_text(first or "")
        page.composer.press("ArrowUp")
        expect(chosen).to_have_text(first or "")
        page.composer.press("Escape")
        expect(page.tab.get_by_role("listbox")).to_have_count(0)
        page.composer.type(" #compl")
        option(page, "All that is complete").click()
        expect(page.composer).to_have_value(":cat #completing ")
        page.composer.type("x@zoe")  # an address
        expect(page.tab.get_by_role("listbox")).to_have_count(0)
        page.composer.press("Enter")
        link = page.messages.get_by_role("link", name="#All that is complete")
        expect(link).to_have_attribute("href", "#/rooms/completing")


def test_commands(visit: Visits, shared: PageServer) -> None:
    with shared.meet("commanded", "omar", "olga") as [omar, olga]:
        shared.add_user("otto")
        page = visit(shared, omar.token, "rooms/commanded")
        page.composer.type("/top")
        expect(option(page, "/topic text")).to_be_visible()
        page.composer.press("Enter")
        page.composer.type("Who commands")
        page.composer.press("Enter")
        expect(page.view.get_by_text("Who commands")).to_be_visible()
        page.say("/me laughs")
        expect(page.texts.locator("em")).to_have_text("laughs")
        page.say("/shrug well")
        expect(page.texts.last).to_have_text("well ¯\\_(ツ)_/¯")
        page.say("/invite @otto")
        expect(page.toast).to_contain_text("otto was invited")
        assert [each["user"] for each in olga.call("listMembers", room="commanded")["members"]] == [
            "olga",
            "omar",
            "otto",
        ]

        # What is no command stays.
        page.composer.fill("/nonsense 1")
        page.composer.press("Enter")
        expect(page.toast.last).to_contain_text("There is no command /nonsense")
        expect(page.composer).to_have_value("/nonsense 1")
        page.composer.fill("/invite ")
        page.composer.press("Enter")
        expect(page.toast.last).to_contain_text("Write /invite @name")

        # One that is written out is carried out by Enter.
        page.composer.fill("")
        page.composer.type("/leave")
        page.composer.press("Enter")
        expect(page.link("commanded")).to_have_count(0)


def test_keys_of_the_composer(visit: Visits, shared: PageServer) -> None:
    with shared.meet("keyed", "kimba", "kaja") as [kimba, kaja]:
        page = visit(shared, kimba.token, "rooms/keyed")
        field = page.composer
        field.type("bold")
        field.press("Control+a")
        field.press("Control+b")
        expect(field).to_have_value("**bold**")
        field.press("Control+b")
        expect(field).to_have_value("bold")
        field.press("Control+i")
        expect(field).to_have_value("_bold_")
        field.press("Control+z")
        expect(field).to_have_value("bold")
        field.press("Control+a")
        field.press("Control+Shift+C")
        field.press("End")
        field.press("Shift+Enter")
        field.type("second")
        expect(field).to_have_value("`bold`\nsecond")
        field.press("Enter")
        expect(page.texts.locator("code")).to_have_text("bold")

        # While an input method composes, Enter belongs to it.
        field.fill("に")
        field.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
        expect(field).to_have_value("に")
        field.fill("")

        # An arrow edits my last message.
        kaja.say("keyed", "in between")
        expect(page.message("in between")).to_be_visible()
        field.press("ArrowUp")
        editor = page.view.get_by_role("textbox", name="Edit")
        expect(editor).to_be_focused()
        expect(editor).to_have_value("`bold`\nsecond")
        editor.press("Escape")
        expect(field).to_be_focused()
        field.press("ArrowUp")
        editor.fill("changed")
        editor.press("Enter")
        expect(page.view.get_by_text("(edited)")).to_be_visible()
        expect(field).to_be_focused()
        assert kaja.call("getHistory", room="keyed")["messages"][0]["text"] == "changed"

        # With the other preference Enter begins a line.
        page.tab.evaluate(
            "localStorage.setItem('chatroom.preferences', '{\"sendsWithEnter\": false}')"
        )
        page.tab.reload()
        field.type("one")
        field.press("Enter")
        field.type("two")
        expect(field).to_have_value("one\ntwo")
        field.press("Control+Enter")
        expect(page.texts.last).to_contain_text("two")


def test_limits_of_writing(visit: Visits, shared: PageServer) -> None:
    token = shared.add_user("leon")
    with shared.meet("limited", "lena") as [lena]:
        with shared.session(token) as leon:
            leon.call("joinRoom", room="limited")
        page = visit(shared, token, "rooms/limited")

        # Characters count as the server counts them, and the text stays.
        page.composer.fill("🙂" * 4001)
        counter = page.view.get_by_role("status", name="One character too many")
        expect(counter).to_be_visible()
        expect(page.button("Send")).to_be_disabled()
        page.composer.press("Enter")
        expect(page.composer).to_have_value("🙂" * 4001)
        page.composer.fill("🙂" * 3990)
        expect(page.view.get_by_role("status", name="10 characters left")).to_be_visible()
        page.composer.fill("")

        # Slow mode counts down for members.
        lena.call("setRoom", room="limited", slowModeS=600)
        page.say("slowly")
        hint = page.view.get_by_text("You can send again in")
        expect(hint).to_be_visible()
        page.composer.fill("too soon")
        page.composer.press("Enter")
        expect(page.composer).to_have_value("too soon")
        lena.call("setRoom", room="limited", slowModeS=0)
        expect(hint).to_be_hidden()

        # Whoever may not write is told why.
        lena.call("mute", room="limited", user="leon", reason="too loud")
        muted = "You are muted here and cannot write. Reason: too loud"
        expect(page.view.get_by_text(muted)).to_be_visible()
        page.tab.clock.install()
        hour_ms = 3_600_000
        lena.call("mute", room="limited", user="leon", until=int(time.time() * 1000) + hour_ms)
        expect(page.view.get_by_text("You are muted here and cannot write until")).to_be_visible()
        page.tab.clock.fast_forward(hour_ms)
        expect(page.composer).to_have_value("too soon")
        lena.call("unmute", room="limited", user="leon")
        lena.call("setRoom", room="limited", posting="moderators")
        expect(page.view.get_by_text("Only moderators write here.")).to_be_visible()
        lena.call("setRoom", room="limited", posting="all", archived=True)
        expect(page.view.get_by_text("This room is archived.")).to_be_visible()
        lena.call("setRoom", room="limited", archived=False)
        lena.call("ban", room="limited", user="leon")
        expect(page.link("limited")).to_have_count(0)


def test_others_are_told_that_somebody_writes(visit: Visits, shared: PageServer) -> None:
    with shared.meet("told", "tess", "tomas") as [tess, tomas]:
        page = visit(shared, tess.token, "rooms/told")
        other = visit(shared, tomas.token, "rooms/told")
        expect(other.composer).to_be_visible()
        page.composer.type("hello")
        expect(other.typing).to_contain_text("tess is writing…")
        page.composer.fill("")
        expect(other.typing).to_have_text("")
