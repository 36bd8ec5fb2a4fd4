"""The service worker: what other applications share, and newer versions of the page."""

from playwright.sync_api import expect

from .server import PageServer
from .visits import Visits
from .worker import WITH_WORKER, Worker

# What the browser does when another application shares something with this one.
SHARING = """() => {
    const form = document.createElement('form');
    Object.assign(form, { method: 'POST', action: '/share', enctype: 'multipart/form-data' });
    for (const [name, value] of [['title', 'A title'], ['url', 'https://example.org/']]) {
        const field = document.createElement('input');
        form.append(Object.assign(field, { name, value }));
    }
    const files = document.createElement('input');
    const data = new DataTransfer();
    data.items.add(new File(['content'], 'naïve.txt', { type: 'text/plain' }));
    Object.assign(files, { type: 'file', name: 'files', files: data.files });
    form.append(files);
    document.body.append(form);
    form.submit();
}"""


def test_a_later_version_is_offered_and_never_mixed(server: PageServer, visit: Visits) -> None:
    with server.meet("mill", "max") as [client]:
        token = client.token
    page = visit(server, token, "rooms/mill", **WITH_WORKER)
    Worker(page.tab)
    page.composer.fill("half a sentence")
    server.update()
    notice = page.toast.filter(has_text="A new version of this page is ready.")
    expect(notice).to_be_visible()

    # A reload by the browser is of the version before, whose other files are there too.
    page.tab.reload()
    expect(page.composer).to_have_value("half a sentence")
    page.button("Room settings").click()
    expect(page.panel.get_by_label("Topic")).to_be_visible()
    expect(page.button("Search")).to_be_visible()
    notice.get_by_role("button", name="Reload").click()
    expect(page.button("Seek")).to_be_visible()
    expect(page.composer).to_have_value("half a sentence")
    expect(notice).to_be_hidden()
    caches = page.tab.evaluate("caches.keys()")
    assert len([name for name in caches if name.startswith("page ")]) == 1


def test_what_is_shared_goes_to_a_room(visit: Visits, shared: PageServer) -> None:
    with shared.meet("canal", "cid") as [cid]:
        cid.call("joinRoom", room="cabin")
        page = visit(shared, cid.token, **WITH_WORKER)
        Worker(page.tab)
        page.tab.evaluate(SHARING)
        dialog = page.tab.get_by_role("dialog", name="Share with")
        expect(dialog).to_contain_text("One file")
        dialog.get_by_role("searchbox").fill("can")
        dialog.get_by_role("button", name="canal").click()
        expect(page.title).to_have_text("canal")
        expect(page.composer).to_have_value("A title\nhttps://example.org/")
        expect(page.view.get_by_role("list", name="Files to send")).to_contain_text("naïve.txt")
        page.button("Send").click()
        expect(page.message("https://example.org/")).to_contain_text("naïve.txt")
        page.tab.reload()
        expect(page.composer).to_be_visible()
        expect(dialog).to_be_hidden()
