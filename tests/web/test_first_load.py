"""What the page loads until it shows messages."""

from playwright.sync_api import expect

from .server import PageServer
from .visits import Visits

# The rest is loaded when the page is idle.
NEVER_IDLE = "window.requestIdleCallback = () => 0"
LOADED = """performance.getEntriesByType('resource')
    .map(({ name }) => name).filter((name) => /\\.m?js$/.test(name))"""
NAMED = """[...document.querySelectorAll('link[rel=modulepreload], script[src]')]
    .map((element) => element.href ?? element.src)"""


def test_page_names_the_modules_that_it_loads_first(visit: Visits, shared: PageServer) -> None:
    """A module that is not named is found late. One that is not needed costs bytes."""
    with shared.meet("harbour", "hal") as [hal]:
        hal.say("harbour", "with *emphasis*")
        page = visit(shared, hal.token, "rooms/harbour", init_script=NEVER_IDLE)
        page.shows("with emphasis")
        loaded, named = page.tab.evaluate(LOADED), page.tab.evaluate(NAMED)
        assert sorted(loaded) == sorted(named)

        # Modules that are loaded on use work for the pointer and the keyboard.
        page.act("with emphasis", "Reply in thread")
        expect(page.panel.get_by_role("textbox", name="Reply in thread")).to_be_visible()
        page.composer.fill("/me")
        page.tab.get_by_role("option", name="/me").wait_for()
        page.composer.press("Escape")
        page.composer.fill("/shrug so")
        page.composer.press("Enter")
        page.message("so ¯\\_(ツ)_/¯").wait_for()
