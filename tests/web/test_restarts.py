"""The page after a restart of the server, on the same or on older data."""

import shutil

from playwright.sync_api import expect

from .server import PageServer
from .visits import Visits


def test_after_a_restart_each_room_goes_on_where_it_was(server: PageServer, visit: Visits) -> None:
    with server.meet("one", "ada") as [ada]:
        ada.call("createRoom", room="two", visibility="public")
        token = ada.token
    page = visit(server, token)
    for room in ("one", "two"):
        page.open(room)
        page.say(f"in {room}")
        page.shows(f"in {room}")
    server.kill()
    expect(page.lost).to_be_visible()
    server.start()
    with server.session(token) as phone:
        phone.say("two", "more")
        page.shows("in two", "more")
        phone.say("one", "more")
    page.open("one")
    page.shows("in one", "more")


def test_restored_data_replace_the_messages_of_the_page(server: PageServer, visit: Visits) -> None:
    """A restored data directory has reused seqs for other messages."""
    with server.meet("general", "ada") as [ada]:
        token = ada.token
    page = visit(server, token, "rooms/general")
    page.say("kept")
    page.shows("kept")
    server.stop()
    copy = server.data.with_name("copy")
    shutil.copytree(server.data, copy)
    server.start()
    expect(page.lost).to_be_hidden()
    page.say("lost 2", "lost 3")
    page.shows("kept", "lost 2", "lost 3")
    page.tab.context.set_offline(True)
    server.stop()
    shutil.rmtree(server.data)
    copy.rename(server.data)
    server.start()
    with server.meet("general", "bea") as [bea]:
        new = [f"new {number}" for number in range(2, 6)]
        bea.say("general", *new)
        page.tab.context.set_offline(False)
        page.shows("kept", *new)
