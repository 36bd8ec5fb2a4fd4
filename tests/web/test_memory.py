"""What the page keeps while many messages pass."""

from playwright.sync_api import CDPSession, expect

from .server import PageServer
from .visits import Visits


def test_messages_that_are_dropped_leave_nothing_behind(visit: Visits, shared: PageServer) -> None:
    def nodes(tools: CDPSession) -> int:
        tools.send("HeapProfiler.collectGarbage")
        found: int = tools.send("Memory.getDOMCounters")["nodes"]
        return found

    with shared.meet("river", "rex", "ria") as [rex, ria]:
        ria.say("river", "first")
        page = visit(shared, rex.token, "rooms/river")
        page.shows("first")
        tools = page.tab.context.new_cdp_session(page.tab)
        counts = []
        for word in ("early", "middle", "late"):
            ria.send_many("river", word, 600)  # more than the page keeps
            expect(page.texts.last).to_have_text(f"{word} 599")
            counts.append(nodes(tools))
    # A message has some ten nodes. The first ones that were shown may be kept once.
    assert counts[2] - counts[1] < 1000, counts
