"""The page under load: fast messages beside everything that people do, and long lists.

``STRESS=1`` makes the lists as long as they are meant to be endured.
"""

import os
from typing import Final

from playwright.sync_api import Page, expect

from .chat_page import ChatPage
from .server import PageServer
from .test_clicks import COUNT_CLICKS, at_a_rate, click_often
from .visits import Visits

LONG: Final = os.environ.get("STRESS") == "1"
RATE: Final = 50
ROOMS: Final = 300
MESSAGES: Final = 100_000 if LONG else 5_000
MEMBERS: Final = 5_000 if LONG else 200
MAX_ROWS: Final = 600
"""Rows of messages in the document at most, however long the room is."""

MAX_MEMBER_ROWS: Final = 120
SCROLL_PANEL: Final = "document.querySelector('.panel .scroll').scrollTop = 5000"

TOP_OF: Final = """
(text) => [...document.querySelectorAll('.message')]
    .find((row) => row.querySelector('.text')?.textContent === text)?.getBoundingClientRect().top
"""
TO_TOP: Final = "document.querySelector('.messages .scroller').scrollTop = 0"
FIRST: Final = "Number(document.querySelector('.rows .message').dataset.seq)"
COUNT: Final = "document.querySelectorAll('.rows .message').length"


def test_nothing_is_lost_beside_fast_messages(visit: Visits, shared: PageServer) -> None:
    with shared.meet("storm", "ulla", "udo") as [phone, udo]:
        shared.add_user("uta")
        phone.call("sendMessage", to="uta", text="hello")
        udo.send_many("storm", "before", 60)
        phone.call("markRead", room="storm", seq=60)
        page = visit(shared, phone.token, "rooms/storm", init_script=COUNT_CLICKS)
        page.tab.evaluate("window.clickable = 'nothing'")
        expect(page.texts.last).to_have_text("before 59")

        def write(number: int) -> None:
            udo.say("storm", f"storm {number}")

        with at_a_rate(RATE, write):
            expect(page.texts.last).to_contain_text("storm")
            # No character is lost, and sending takes each text.
            for words in ("the quick brown fox jumps over the lazy dog", "and once more"):
                page.composer.press_sequentially(words, delay=15)
                expect(page.composer).to_have_value(words)
                page.composer.press("Enter")
                expect(page.composer).to_have_value("")
            # What is read stays where it is.
            page.view.locator(".scroller").hover()
            page.tab.mouse.wheel(0, -600)
            expect(page.tab.locator(".to-present")).to_be_visible()
            text = text_in_sight(page.tab)
            page.tab.mouse.wheel(0, -40)
            page.tab.wait_for_function(f"(text) => ({TOP_OF})(text) > 200", arg=text)
            before = page.tab.evaluate(TOP_OF, text)
            sent = page.tab.locator(".to-present").inner_text()
            expect(page.tab.locator(".to-present")).not_to_have_text(sent)
            assert abs(page.tab.evaluate(TOP_OF, text) - before) < 1
            # No click is lost.
            click_often(page, "[data-room]", page.link("storm"))
        page.tab.locator(".to-present").click(force=True)
        mine = page.view.locator(".message .text", has_text="the quick brown fox")
        assert phone.call("searchMessages", query="quick fox", room="storm")["messages"]
        expect(mine.or_(page.texts.last).first).to_be_visible()


def text_in_sight(page: Page) -> str:
    """Return the text of a message in the middle of the list."""
    found: str = page.evaluate(
        """() => {
            const { top, height } = document.querySelector('.scroller').getBoundingClientRect();
            const rows = [...document.querySelectorAll('.message')];
            const below = (row) => row.getBoundingClientRect().top > top + height / 3;
            return rows.find(below).querySelector('.text').textContent;
        }"""
    )
    return found


def test_many_rooms_in_the_sidebar(visit: Visits, shared: PageServer) -> None:
    names = [f"hall{number:03}" for number in range(ROOMS)]
    with shared.meet("halls", "vera", "vito") as [vera, vito]:
        for client in (vera, vito):
            client.call_all("joinRoom", ({"room": name} for name in names))
        page = visit(shared, vera.token)
        rooms = page.sidebar.locator("[data-room]")
        expect(rooms).to_have_count(ROOMS + 1)
        # All have something new, and one of them is opened, found and left.
        vito.call_all("sendMessage", ({"room": name, "text": "new"} for name in names))
        expect(page.sidebar.locator(".badge")).to_have_count(ROOMS)
        page.link("hall299").click()
        expect(page.title).to_have_text("hall299")
        page.shows("new")
        expect(page.badge("hall299")).to_be_hidden()
        page.tab.keyboard.press("Control+k")
        page.tab.keyboard.type("hall123")
        expect(page.tab.get_by_role("option").first).to_contain_text("hall123")
        page.tab.keyboard.press("Enter")
        expect(page.title).to_have_text("hall123")


def test_a_long_room_is_read_to_its_beginning_and_back(visit: Visits, shared: PageServer) -> None:
    with shared.meet("epic", "wim", "wanda") as [wim, wanda]:
        for start in range(0, MESSAGES, 5_000):
            texts = (f"n {number}" for number in range(start, start + 5_000))
            wanda.call_all("sendMessage", ({"room": "epic", "text": text} for text in texts))
        wim.call("markRead", room="epic", seq=MESSAGES)
        page = visit(shared, wim.token, "rooms/epic")
        expect(page.texts.last).to_have_text(f"n {MESSAGES - 1}")
        first = page.tab.evaluate(FIRST)
        for _ in range(MESSAGES // 50 if LONG else 20):
            page.tab.evaluate(TO_TOP)
            page.tab.wait_for_function(f"(first) => {FIRST} < first", arg=first)
            first = page.tab.evaluate(FIRST)
            assert page.tab.evaluate(COUNT) <= MAX_ROWS
            if first == 1:
                break
        else:
            assert not LONG
        # To its first day, and to the present.
        page.button("More about this room").click()
        page.tab.get_by_role("menuitem", name="Jump to a date").click()
        page.tab.get_by_role("button", name="The beginning").click()
        expect(page.message("n 0")).to_be_in_viewport()
        assert page.tab.evaluate(COUNT) <= MAX_ROWS
        page.button("Jump to the newest").click()
        expect(page.message(f"n {MESSAGES - 1}")).to_be_in_viewport()
        assert page.tab.evaluate(COUNT) <= MAX_ROWS


def test_many_members(visit: Visits, shared: PageServer) -> None:
    with shared.meet("crowd", "xena") as [xena]:
        names = [f"x{number:04}" for number in range(MEMBERS)]
        shared.add_people(names)
        xena.call_all("invite", ({"room": "crowd", "user": name} for name in names))
        page = visit(shared, xena.token, "rooms/crowd/members")
        members = page.panel.get_by_role("list", name="Members")
        rows = members.get_by_role("button")
        reach_end(page, f"{len(names) + 1}")
        # Only what is near is drawn, wherever one is in the list.
        expect(members.get_by_role("button", name=names[-1])).to_be_in_viewport()
        assert rows.count() <= MAX_MEMBER_ROWS
        rows.last.focus()
        page.tab.keyboard.press("Home")
        expect(rows.first).to_be_focused()
        expect(rows.first).to_contain_text(names[0])
        assert rows.count() <= MAX_MEMBER_ROWS
        page.tab.keyboard.press("ArrowDown")
        expect(rows.nth(1)).to_be_focused()
        # The list keeps the focus of a row that is scrolled away.
        page.tab.evaluate(SCROLL_PANEL)
        expect(members).to_be_focused()
        page.tab.keyboard.press("ArrowDown")
        expect(members.locator(":focus")).to_be_in_viewport()
        page.tab.keyboard.press("End")
        expect(rows.last).to_be_focused()
        expect(rows.last).to_contain_text("@xena")
        assert rows.count() <= MAX_MEMBER_ROWS
        # The list of all is searched at once.
        page.panel.get_by_role("searchbox").fill("x0199")
        expect(members.get_by_role("listitem")).to_have_count(1)


def reach_end(page: ChatPage, count: str) -> None:
    """Scroll down in the panel until its list has loaded all rows."""
    page.tab.wait_for_function(
        """(count) => {
            const list = document.querySelector('.panel .scroll');
            if (!list) return false; // it is being loaded
            list.scrollTop = list.scrollHeight;
            return list.querySelector('li:last-child')?.ariaSetSize === count;
        }""",
        arg=count,
    )
