"""Search in all rooms and in one, with filters, and the way from what was found to its place."""

from playwright.sync_api import Locator, expect

from .chat_page import ChatPage
from .server import PageServer
from .visits import Visits


def found(page: ChatPage) -> Locator:
    return page.tab.get_by_role("list", name="Messages found").get_by_role("article")


def test_messages_are_found_by_words_and_filters(visit: Visits, shared: PageServer) -> None:
    with shared.meet("oven", "sam", "sue") as [sam, sue]:
        for client in (sam, sue):
            client.call("joinRoom", room="cellar")
        sam.say("oven", "Pizza at noon", "nothing", "see https://example.org/ for pizza")
        sue.say("cellar", "x " * 300 + "pizzas are **here**")
        page = visit(shared, sam.token, "search")
        field = page.tab.get_by_role("searchbox", name="Search messages")
        expect(field).to_be_focused()
        expect(page.view).to_contain_text("Search all your rooms")
        field.fill("!")
        expect(page.view).to_contain_text("Type at least one letter or digit.")
        field.fill("pizza")
        expect(found(page)).to_have_count(3)
        expect(found(page).locator("mark")).to_have_text(["pizzas", "pizza", "Pizza"])
        expect(found(page).first).to_contain_text("…x x")
        page.tab.wait_for_url("**/#/search/pizza")

        page.button("Filters").click()
        filters = page.tab.get_by_role("group", name="Filters")
        filters.get_by_label("With").select_option(label="Links")
        expect(found(page)).to_have_count(1)
        filters.get_by_label("With").select_option(label="Anything")
        filters.get_by_label("From").fill("sue")
        expect(found(page)).to_have_count(1)
        filters.get_by_label("Room").select_option(label="oven")
        expect(page.view).to_contain_text("No message with these filters")
        page.button("Search without filters").click()
        expect(found(page)).to_have_count(3)
        filters.get_by_label("Since").fill("2001-01-01")
        filters.get_by_label("Until").fill("2001-01-02")
        expect(found(page)).to_have_count(0)
        filters.get_by_label("Until").fill("")
        expect(found(page)).to_have_count(3)
        field.fill("unheard")
        expect(page.view).to_contain_text("No message with these filters")
        field.fill("noon")
        found(page).get_by_role("link").click()
        expect(page.title).to_have_text("oven")
        expect(page.view.locator(".message.target")).to_contain_text("Pizza at noon")
        page.tab.go_back()
        expect(field).to_have_value("noon")
        expect(found(page)).to_have_count(1)


def test_a_room_is_searched_beside_it_and_opened_at_a_day(
    visit: Visits, shared: PageServer
) -> None:
    with shared.meet("loft", "sid") as [sid]:
        sid.call("joinRoom", room="pantry")
        sid.say("pantry", "a broom")
        sid.say("loft", "an old broom")
        sid.send_many("loft", "dust", 120)
        page = visit(shared, sid.token, "rooms/loft")
        expect(page.message("dust 119")).to_be_visible()
        page.button("Search").click()
        page.panel.get_by_role("searchbox", name="Search this room").fill("broom")
        expect(found(page)).to_have_count(1)
        found(page).get_by_role("link").click()
        expect(page.view.locator(".message.target")).to_contain_text("an old broom")
        page.button("Jump to the newest").click()
        expect(page.message("dust 119")).to_be_visible()
        page.button("More about this room").click()
        page.tab.get_by_role("menuitem", name="Jump to a date").click()
        page.button("Yesterday").click()
        expect(page.view.locator(".message.target")).to_contain_text("an old broom")
