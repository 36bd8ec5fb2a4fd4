"""What people do with messages: reactions, replies, edits, deletion, pins, links, moderation."""

import re
from typing import Any, Final

from playwright.sync_api import expect

from .chat_page import ChatPage
from .server import PageServer
from .visits import Visits

PHONE: Final[dict[str, Any]] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}


def test_reactions(visit: Visits, shared: PageServer) -> None:
    with shared.meet("reacting", "rita", "robin") as [rita, robin]:
        rita.say("reacting", "Lunch?")
        page = visit(shared, robin.token, "rooms/reacting")
        other = visit(shared, rita.token, "rooms/reacting")

        # By the picker, with the keyboard.
        page.message("Lunch?").hover()
        page.message("Lunch?").get_by_role("button", name="Add a reaction").click()
        search = page.tab.get_by_role("combobox", name="Search emoji")
        expect(search).to_be_focused()
        expect(page.tab.get_by_role("gridcell", name="grinning face", exact=True)).to_be_visible()
        assert page.tab.get_by_role("gridcell").count() < 150  # of some 1,800
        search.fill("pizza")
        expect(page.tab.get_by_role("gridcell", name="pizza")).to_have_attribute(
            "aria-selected", "true"
        )
        search.press("Enter")
        chip = page.message("Lunch?").get_by_role("button", name="🍕, 1")
        expect(chip).to_have_attribute("aria-pressed", "true")

        # Another person joins in by the chip, and sees who reacted.
        theirs = other.message("Lunch?").get_by_role("button", name="🍕, 1")
        expect(theirs).to_have_attribute("aria-pressed", "false")
        theirs.click()
        expect(page.message("Lunch?").get_by_role("button", name="🍕, 2")).to_be_visible()
        # The menu stays where it is while the pointer moves to it, and its button with it.
        other.message("Lunch?").hover()
        other.message("Lunch?").get_by_role("button", name="More actions").click()
        who = other.tab.get_by_role("menuitem", name="Who reacted")
        who.hover()
        expect(other.message("Lunch?").get_by_role("toolbar")).to_be_visible()
        who.click()
        people = other.tab.get_by_role("dialog", name="Reactions")
        expect(people.get_by_role("listitem")).to_contain_text(["robin", "rita"])
        other.tab.keyboard.press("Escape")
        page.message("Lunch?").get_by_role("button", name="🍕, 2").click()
        expect(theirs).to_have_attribute("aria-pressed", "true")

        # The one used last is at hand. Arrow keys go to groups further down.
        page.message("Lunch?").hover()
        page.message("Lunch?").get_by_role("button", name="React with 🍕").click()
        expect(page.message("Lunch?").get_by_role("button", name="🍕, 2")).to_be_visible()
        page.message("Lunch?").hover()
        page.message("Lunch?").get_by_role("button", name="Add a reaction").first.click()
        page.tab.get_by_role("button", name="Flags").click()
        expect(page.tab.get_by_role("gridcell", name="chequered flag")).to_be_visible()
        page.tab.get_by_role("button", name="Dark skin tone", exact=True).click()
        search.fill("waving hand")
        search.press("Enter")
        expect(page.message("Lunch?").get_by_role("button", name="👋🏿, 1")).to_be_visible()


def test_a_message_is_deleted_unless_that_is_undone(visit: Visits, shared: PageServer) -> None:
    with shared.meet("deleting", "danilo", "debby") as [danilo, debby]:
        danilo.say("deleting", "keep", "drop")
        page = visit(shared, danilo.token, "rooms/deleting")
        other = visit(shared, debby.token, "rooms/deleting")
        page.tab.clock.install()
        page.act("keep", "Delete")
        expect(page.message("keep")).to_have_count(0)
        page.button("Undo").click()
        expect(page.message("keep")).to_be_visible()
        page.act("drop", "Delete")
        expect(page.message("drop")).to_have_count(0)
        expect(other.message("drop")).to_be_visible()
        page.tab.clock.run_for(10_000)
        expect(other.view.get_by_text("Message deleted")).to_be_visible()
        expect(other.message("keep")).to_be_visible()


def test_the_keyboard_alone(visit: Visits, shared: PageServer) -> None:
    with shared.meet("keyboard", "kitty", "katja") as [kitty, katja]:
        katja.say("keyboard", "first", "second")
        kitty.say("keyboard", "mine")
        page = visit(shared, kitty.token, "rooms/keyboard")
        expect(page.composer).to_be_focused()

        # Tab reaches one row: the newest.
        page.message("mine").focus()
        expect(page.view.locator('.message[tabindex="0"]')).to_have_count(1)
        page.tab.keyboard.press("ArrowUp")
        expect(page.message("second")).to_be_focused()
        page.tab.keyboard.press("Home")
        expect(page.message("first")).to_be_focused()
        page.tab.keyboard.press("r")
        expect(page.composer).to_be_focused()
        expect(page.view.locator(".composer-reply")).to_contain_text("first")
        page.tab.keyboard.press("Escape")
        expect(page.view.locator(".composer-reply")).to_have_count(0)

        page.message("mine").focus()
        page.tab.keyboard.press("e")
        expect(page.view.get_by_role("textbox", name="Edit")).to_be_focused()
        page.tab.keyboard.press("Escape")

        page.message("mine").focus()
        page.tab.keyboard.press("p")
        expect(page.message("mine").get_by_role("img", name="Pinned")).to_be_visible()

        page.message("second").focus()
        page.tab.keyboard.press("+")
        expect(page.tab.get_by_role("combobox", name="Search emoji")).to_be_focused()
        page.tab.keyboard.press("Escape")
        expect(page.message("second")).to_be_focused()

        # Enter opens the menu, whose items have first letters.
        page.tab.keyboard.press("Enter")
        expect(page.tab.get_by_role("menuitem").first).to_be_focused()
        page.tab.keyboard.press("ArrowDown")
        expect(page.tab.get_by_role("menuitem").nth(1)).to_be_focused()
        page.tab.keyboard.press("c")
        expect(page.tab.get_by_role("menuitem", name="Copy link")).to_be_focused()
        page.tab.keyboard.press("Escape")
        expect(page.message("second")).to_be_focused()
        page.tab.keyboard.press("t")
        expect(page.panel.get_by_role("textbox")).to_be_focused()
        page.tab.keyboard.press("Escape")
        expect(page.panel).to_have_count(0)


def test_links_and_texts_are_copied(visit: Visits, shared: PageServer) -> None:
    with shared.meet("copying", "calla") as [calla]:
        calla.say("copying", "**this**")
        page = visit(
            shared, calla.token, "rooms/copying", permissions=["clipboard-read", "clipboard-write"]
        )
        clipboard = "navigator.clipboard.readText()"
        page.act("this", "Copy text")
        expect(page.toast).to_have_text(re.compile("Copied"))
        assert page.tab.evaluate(clipboard) == "**this**"
        page.act("this", "Copy link")
        expect(page.toast.last).to_have_text(re.compile("Link copied"))
        assert page.tab.evaluate(clipboard) == f"{shared.url}/#/rooms/copying/1"


def test_moderators_remove_what_somebody_wrote(visit: Visits, shared: PageServer) -> None:
    with shared.meet("swept", "modesta", "spammer") as [modesta, spammer]:
        spammer.say("swept", "spam 1", "spam 2")
        modesta.say("swept", "welcome")
        page = visit(shared, modesta.token, "rooms/swept")
        theirs = visit(shared, spammer.token, "rooms/swept")
        page.act("spam 1", "Delete messages of spammer")
        page.tab.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(page.view.get_by_text("Message deleted")).to_have_count(2)
        page.tab.get_by_role("dialog").wait_for(state="hidden")

        # Others have no such actions.
        theirs.message("welcome").hover()
        theirs.message("welcome").get_by_role("button", name="More actions").click()
        expect(theirs.tab.get_by_role("menuitem", name="Copy link")).to_be_visible()
        expect(theirs.tab.get_by_role("menuitem", name="Delete")).to_have_count(0)
        expect(theirs.tab.get_by_role("menuitem", name="Pin")).to_have_count(0)


def test_a_long_press_opens_a_sheet_on_phones(visit: Visits, shared: PageServer) -> None:
    with shared.meet("pressed", "pamela", "patty") as [pamela, patty]:
        patty.say("pressed", "press me")
        page = visit(shared, pamela.token, "rooms/pressed", **PHONE)
        row = page.message("press me")
        expect(row).to_be_visible()
        _press_long(page, "press me")
        sheet = page.tab.get_by_role("menu", name="Message actions")
        expect(sheet).to_be_visible()
        at_bottom = "(sheet) => Math.round(sheet.getBoundingClientRect().bottom) === innerHeight"
        page.tab.wait_for_function(at_bottom, arg=sheet.element_handle())  # it slides in
        box = sheet.bounding_box()
        assert box is not None
        assert box["width"] == 390
        sheet.get_by_role("menuitem", name="React with 👍").tap()
        expect(sheet).to_have_count(0)
        expect(row.get_by_role("button", name="👍, 1")).to_be_visible()

        # A press outside closes the sheet, and does nothing else.
        _press_long(page, "press me")
        page.tab.touchscreen.tap(195, 20)
        expect(sheet).to_have_count(0)
        expect(page.composer).to_be_visible()

        # A dialog is a sheet, too, and Enter begins a line.
        _press_long(page, "press me")
        sheet.get_by_role("menuitem", name="Who reacted").tap()
        expect(page.tab.get_by_role("dialog", name="Reactions")).to_contain_text("pamela")
        page.tab.get_by_role("dialog").get_by_role("button", name="Close").tap()
        page.composer.fill("one")
        page.composer.press("Enter")
        expect(page.composer).to_have_value("one\n")
        page.button("Send").tap()
        expect(page.texts.last).to_have_text("one")


def _press_long(page: ChatPage, text: str) -> None:
    """Hold a finger on a message until its actions are there."""
    box = page.message(text).bounding_box()
    assert box is not None
    touch = page.tab.context.new_cdp_session(page.tab)
    point = {"x": box["x"] + 150, "y": box["y"] + box["height"] / 2}
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    expect(page.tab.get_by_role("menu", name="Message actions")).to_be_visible()
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    touch.detach()
