"""WCAG 2.2 AA by axe, and nothing wider than the screen, at each stop of a walk through the app."""

import json
import os
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from ..js.node import HERE
from .server import PageServer
from .visits import Visits
from .walk import AT_HOME, STOPS, furnish, made_up, settle, walk

AXE: Final = (HERE / "node_modules/axe-core/axe.min.js").read_text()
PICTURES: Final = os.environ.get("WALK_PICTURES")
"""A directory in which a picture of each stop is kept."""
WIDE: Final[ViewportSize] = {"width": 1280, "height": 800}
ZOOMED: Final[ViewportSize] = {"width": 640, "height": 400}
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
ALL_RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

WHOLE: Final = {"home", "room", *(stop.name for stop in AT_HOME)}
"""Stops at which axe reads the sidebar too, which is the same at the others."""

Furnished = tuple[PageServer, str]
Found = dict[str, Any]
"""Problems by stop."""

RUN_AXE: Final = """
async ([tags, whole]) => {
    const read = whole ? document : { exclude: [['.sidebar']] };
    const colours = { type: 'rule', values: ['color-contrast'] };
    const runOnly = tags ? { type: 'tag', values: tags } : colours;
    const rules = { region: { enabled: false } }; // menus are in the top layer, beside landmarks
    const { violations } = await axe.run(read, { runOnly, resultTypes: ['violations'], rules });
    const why = ({ any, all, none }) => [...any, ...all, ...none].map(({ message }) => message);
    const about = (node) => [node.html.slice(0, 200), why(node)];
    return violations.map(({ id, nodes }) => [id, nodes.slice(0, 3).map(about)]);
}
"""
OVERFLOWING: Final = """
() => [...document.querySelectorAll('*')]
    .filter((box) => box.clientWidth && box.scrollWidth > box.clientWidth + 1)
    .filter((box) => box === document.documentElement || shows(box))
    .filter((box) => !box.closest('pre, .tabs, .emoji-grid, table'))
    .map((box) => `${box.tagName}.${box.className} ${box.scrollWidth} > ${box.clientWidth}`)
"""
# Boxes whose content is neither cut off on purpose nor hidden.
SHOWS: Final = """
window.shows = (box) => {
    const { overflowX, textOverflow } = getComputedStyle(box);
    return textOverflow !== 'ellipsis' && ['auto', 'scroll'].includes(overflowX);
};
"""


@pytest.fixture(scope="module")
def furnished(shared: PageServer) -> Furnished:
    return shared, furnish(shared)


def preferring(preferences: dict[str, str]) -> str:
    """Return a script that sets what the page is like."""
    value = json.dumps(json.dumps(preferences))
    return f"if (location.host) localStorage.setItem('chatroom.preferences', {value});"


def enter(
    visit: Visits, server: PageServer, token: str | None, size: ViewportSize, language: str
) -> Page:
    script = f"{preferring({'language': language})}\n{SHOWS}\n{AXE}"
    options: dict[str, Any] = {"viewport": size, "bypass_csp": True, "reduced_motion": "reduce"}
    if size is PHONE:
        options |= {"has_touch": True, "is_mobile": True}
    page = visit(server, token, "threads", init_script=script, **options).tab
    settle(page)
    return page


def picture(page: Page, look: str, name: str) -> None:
    if PICTURES:
        file = f"{look}-{name.replace(': ', '-').replace(' ', '-')}.png"
        page.screenshot(path=Path(PICTURES) / file)


@pytest.mark.parametrize(("look", "size"), [("wide", WIDE), ("phone", PHONE)])
def test_axe_finds_nothing(
    visit: Visits, furnished: Furnished, look: str, size: ViewportSize
) -> None:
    page = enter(visit, *furnished, size, language="en")
    found: Found = {}
    for name in walk(page, (*STOPS, *AT_HOME)):
        run_axe(page, look, name, found, whole=name in WHOLE)
    assert not any(found.values()), report(found)


@pytest.mark.parametrize(("look", "size"), [("wide", WIDE), ("phone", PHONE)])
def test_axe_finds_nothing_before_the_log_in(
    visit: Visits, shared: PageServer, look: str, size: ViewportSize
) -> None:
    page = enter(visit, shared, None, size, language="en")
    found: Found = {}
    run_axe(page, look, "log-in", found)
    page.get_by_role("button", name="I need an account").click()
    expect(page.get_by_label("Your name")).to_be_visible()
    run_axe(page, look, "sign-up", found)
    assert not any(found.values()), report(found)


def run_axe(page: Page, look: str, name: str, found: Found, whole: bool = True) -> None:
    picture(page, look, name)
    found[name] = page.evaluate(RUN_AXE, [ALL_RULES, whole])
    if look == "wide":  # colours alone depend on the theme
        page.emulate_media(color_scheme="dark")
        picture(page, "dark", name)
        found[f"{name}, dark"] = page.evaluate(RUN_AXE, [None, whole])
        page.emulate_media(color_scheme="light")


@pytest.mark.parametrize("sizes", [{"wide": WIDE, "zoom": ZOOMED}, {"phone": PHONE}])
def test_long_words_from_right_to_left_fit(
    visit: Visits, furnished: Furnished, sizes: dict[str, ViewportSize]
) -> None:
    """In a made-up language: no box is wider than its place, on a screen zoomed by 200 % too."""
    page = enter(visit, *furnished, next(iter(sizes.values())), language="qps")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    found: Found = {}
    for name in walk(page, (*STOPS, *AT_HOME), made_up):
        for look, size in sizes.items():
            if len(sizes) > 1:
                page.set_viewport_size(size)
                settle(page)
            picture(page, f"rtl-{look}", name)
            found[f"{name}, {look}"] = page.evaluate(OVERFLOWING)
    assert not any(found.values()), report(found)


def report(found: Found) -> str:
    """Each problem with the stops that have it."""
    stops: dict[str, list[str]] = {}
    for name, problems in found.items():
        for problem in problems:
            stops.setdefault(str(problem), []).append(name)
    return "\n".join(f"{problem}\n    at {', '.join(names)}" for problem, names in stops.items())
