"""A deletion whose time to undo ends while there is no connection."""

from playwright.sync_api import expect

from .server import PageServer
from .visits import Visits


def test_a_deletion_without_a_connection_is_made_when_there_is_one(
    server: PageServer, visit: Visits
) -> None:
    with server.meet("general", "ada") as [ada]:
        token = ada.token
        ada.say("general", "kept", "nonsense")
    page = visit(server, token, "rooms/general")
    page.tab.clock.install()
    page.shows("kept", "nonsense")
    page.open_menu("kept")  # loads what places menus
    page.tab.keyboard.press("Escape")
    server.stop()
    expect(page.lost).to_be_visible()
    page.act("nonsense", "Delete")
    expect(page.texts).to_have_text(["kept"])
    page.tab.clock.fast_forward(60_000)  # past the time to undo, and the deadline of a call
    page.tab.clock.resume()
    expect(page.texts).to_have_text(["kept"])
    server.start()
    page.shows("kept", "Message deleted")
