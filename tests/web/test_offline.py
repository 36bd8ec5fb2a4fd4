"""Without a connection: the page opens, what was read can be read, what is written is kept."""

from playwright.sync_api import expect

from .server import PageServer
from .test_faults import FAULTS, abort
from .visits import Visits
from .worker import WITH_WORKER, Worker

# What the device keeps is written soon after it has changed.
KEPT = """async ([room, text, gone]) => {
    const opening = indexedDB.open('chatroom kept');
    const database = await new Promise((done) => (opening.onsuccess = () => done(opening.result)));
    const get = (key) => new Promise((done) => {
        const request = database.transaction('messages').objectStore('messages').get(key);
        request.onsuccess = () => done(request.result);
    });
    const deadline = Date.now() + 15_000;
    for (;;) {
        const [account, kept] = [await get('account'), await get(`room ${room}`)];
        const texts = kept?.room.page.messages.map((message) => message.text) ?? [];
        if (account && texts.at(-1) === text && !texts.includes(gone)) break;
        if (Date.now() > deadline) return texts;
        await new Promise((again) => setTimeout(again, 50));
    }
    database.close();
    return 'kept';
}"""


def test_after_a_reload_without_a_server(server: PageServer, visit: Visits) -> None:
    with server.meet("lake", "lea", "lou") as [lea, lou]:
        lou.call("joinRoom", room="other")
        lea.call("joinRoom", room="other")
        lou.say("lake", "one", "two *words*")
        lou.say("other", "never opened")
        page = visit(server, lea.token, "rooms/lake", **WITH_WORKER)
        Worker(page.tab)
        page.shows("one", "two words")
        assert page.tab.evaluate(KEPT, ["lake", "two *words*"]) == "kept"
    server.kill()
    page.tab.reload()
    page.shows("one", "two words")
    expect(page.badge("other")).to_have_text("1")
    expect(page.lost).to_contain_text("What you have read stays here.")
    page.say("written without a server")
    expect(page.lost).to_contain_text("One message is kept on this device")
    page.link("other").click()
    expect(page.view).to_contain_text("This room is not on this device yet.")

    # Reloaded once more, what was written is still there, and is sent once.
    page.open("lake")
    page.tab.reload()
    expect(page.pending).to_have_count(1)
    expect(page.texts).to_have_text(["one", "two words", "written without a server"])
    server.start()
    page.shows("one", "two words", "written without a server")
    expect(page.lost).to_be_hidden()
    page.link("other").click()
    page.shows("never opened")


def test_what_is_known_to_be_deleted_is_not_kept(server: PageServer, visit: Visits) -> None:
    with server.meet("lake", "lina", "lew") as [lina, lew]:
        for client in (lina, lew):
            client.call("joinRoom", room="other")
        lew.say("lake", "stays", "goes")
        lew.say("other", "elsewhere")
        lina.say("lake", "mine")
        page = visit(server, lina.token, "rooms/lake", **WITH_WORKER)
        Worker(page.tab)
        page.shows("stays", "goes", "mine")
        assert page.tab.evaluate(KEPT, ["lake", "mine"]) == "kept"
        # One is deleted here and one by its sender while another room is open.
        page.tab.clock.install()
        page.act("mine", "Delete")
        page.link("other").click()
        page.shows("elsewhere")
        page.tab.clock.run_for(10_000)  # to the end of the time to undo
        expect(page.toast).to_have_count(0)
        assert page.tab.evaluate(KEPT, ["lake", ""]) == "kept"
        page.open("lake")
        lew.call("deleteMessage", room="lake", seq=2)
        expect(page.message("goes")).to_have_count(0)
        assert page.tab.evaluate(KEPT, ["lake", "", "goes"]) == "kept"
    server.kill()
    page.tab.reload()
    deleted = "Message deleted"
    expect(page.texts).to_have_text(["stays", deleted, deleted])


def test_without_a_network_until_the_log_out(visit: Visits, shared: PageServer) -> None:
    with shared.meet("brook", "bria", "brom") as [bria, brom]:
        brom.say("brook", "hello")
        page = visit(shared, bria.token, "rooms/brook", **WITH_WORKER)
        Worker(page.tab)
        assert page.tab.evaluate(KEPT, ["brook", "hello"]) == "kept"
        page.tab.context.set_offline(True)
        page.tab.reload()
        page.shows("hello")
        brom.say("brook", "meanwhile")
        page.tab.context.set_offline(False)
        page.shows("hello", "meanwhile")
        page.tab.get_by_role("button", name="bria @bria").click()
        page.tab.get_by_role("menuitem", name="Log out").click()
        expect(page.log_in_view).to_be_visible()
        page.tab.wait_for_function("() => localStorage.getItem('chatroom.leaving') === null")
        page.tab.context.set_offline(True)
        page.tab.reload()
        expect(page.tab.get_by_text("The server cannot be reached.")).to_be_visible()
        expect(page.tab.get_by_text("hello")).to_have_count(0)
        page.tab.context.set_offline(False)
        expect(page.log_in_view).to_be_visible()


def test_the_module_that_keeps_messages_is_loaded_at_the_next_connection(
    visit: Visits, shared: PageServer
) -> None:
    """The network is away when the page loads it. A deletion waits for it, too."""
    deletions = "localStorage['chatroom.deletions.pia']"
    place = '[{"room":"pond","seq":1}]'
    with shared.session(shared.sign_up("pia")) as pia:
        pia.call("joinRoom", room="pond")
        pia.say("pond", "goes", "stays")
        pia.call("subscribe", room="pond")
        page = visit(shared, init_script=FAULTS)
        page.tab.evaluate(f"{deletions} = '{place}'")
        page.tab.context.route("**/keeping.js", abort)
        with page.tab.expect_console_message(lambda message: "keeping.js" in message.text):
            page.log_in("pia")
            page.open("pond")
        pia.event("messageChanged", room="pond")
        assert page.tab.evaluate(deletions) == place
        assert "keeping.js" in visit.errors.pop()
        page.tab.context.unroute("**/keeping.js")
        page.tab.evaluate("faults.shut(1006)")
        assert page.tab.evaluate(KEPT, ["pond", "stays", "goes"]) == "kept"
        page.tab.wait_for_function(f"() => {deletions} === '[]'")
        page.shows("Message deleted", "stays")
