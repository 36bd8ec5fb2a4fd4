"""The page's files: addresses, headers, caching and compression."""

import gzip
import re
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from urllib.parse import urljoin

import brotli
import pytest
import trio

from chatroom.http.assets import build_assets
from chatroom.http.page_routes import PageRoutes
from chatroom.model import ServerState

from .commands import COMMAND
from .process import PASSWORD, running
from .shared_server import Site

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
CODINGS = {"br": brotli.decompress, "gzip": gzip.decompress}
MAX_FIRST_LOAD = 150_000
"""Bytes that a browser loads until it shows the page, with the heads of the responses."""
FIRST_LOADED = r'(?:rel="(?:icon|modulepreload|stylesheet)" href|src)="(/[\w./-]+)"'
"""What the page names and a browser loads at once."""


async def named_in(site: Site, path: str, pattern: str) -> list[str]:
    """Return what a file names, as addresses."""
    answer = await site.server.http("GET", path)
    assert answer.status == 200, path
    content = COMMENT.sub("", answer.body.decode())  # which import types
    return [urljoin(path, name) for name in re.findall(pattern, content)]


async def test_page_is_complete_and_its_files_are_kept_for_good(site: Site) -> None:
    named = await named_in(site, "/", r'(?:src|href)="(/[\w./-]+)"')
    named.remove("/manifest.webmanifest")
    waiting = named + await named_in(site, "/manifest.webmanifest", r'"src": "(/[\w./-]+)"')
    assert named
    seen = set[str]()
    while waiting:
        path = waiting.pop()
        answer = await site.server.http("GET", path)
        assert (answer.status, bool(answer.body)) == (200, True), path
        assert answer.headers["cache-control"] == "max-age=31536000, immutable"
        if path.endswith("js") and path not in seen:
            assert answer.headers["content-type"] == "text/javascript"
            waiting += await named_in(site, path, r"""(?:from|import) ?\(?['"](\.[\w./-]+)['"]""")
        seen.add(path)
    digests = {path.split("/")[2] for path in seen}
    assert len(digests) == 1
    [digest] = digests
    listed = (await site.server.http("GET", f"/assets/{digest}/files.json")).json
    assert seen <= set(listed)
    assert not [path for path in listed if path.endswith("index.html")]


@pytest.mark.parametrize("path", ["/", "/login", "/r/general/17", "/join/code", "/?invitation=x"])
async def test_addresses_of_the_page(site: Site, path: str) -> None:
    page = await site.server.http("GET", path)
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.headers["cache-control"] == "no-cache"
    again = await site.server.http("GET", path, headers={"If-None-Match": page.headers["etag"]})
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", page.headers["etag"])


async def test_page_is_told_what_it_may_not_do(site: Site) -> None:
    headers = (await site.server.http("GET", "/")).headers
    policy = dict(each.split(" ", 1) for each in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"].split()[0] == "'self'"
    assert "unsafe" not in headers["content-security-policy"]
    assert policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert policy["trusted-types"] == "chatroom"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "microphone=()" in headers["permissions-policy"]


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0.5, gzip;q=0.8, *;q=0.1", "br"),
        ("gzip", "gzip"),
        ("br;q=0, GZIP", "gzip"),
    ],
)
async def test_files_are_compressed(site: Site, accepted: str, coding: str) -> None:
    fields = {"Accept-Encoding": accepted}
    for path in ("/", *await named_in(site, "/", r'href="(/[\w./-]+\.css)"')):
        plain = await site.server.http("GET", path)
        packed = await site.server.http("GET", path, headers=fields)
        assert "content-encoding" not in plain.headers
        assert packed.headers["content-encoding"] == coding
        assert CODINGS[coding](packed.body) == plain.body
        assert len(packed.body) < len(plain.body) / 2
        assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"
        head = await site.server.http("HEAD", path, headers=fields)
        assert (head.body, head.headers["content-length"]) == (b"", str(len(packed.body)))


@pytest.mark.parametrize("accepted", ["gzip;q=0", "identity", "gzip; q=0.0, br;q=0", ""])
async def test_files_are_not_compressed_for_browsers_that_refuse(site: Site, accepted: str) -> None:
    answer = await site.server.http("GET", "/", headers={"Accept-Encoding": accepted})
    assert "content-encoding" not in answer.headers
    assert answer.body.startswith(b"<!doctype html>")


async def test_codings_of_the_page_have_tags_of_their_own(site: Site) -> None:
    tags = set()
    for accepted in ("", "gzip", "br"):
        fields = {"Accept-Encoding": accepted}
        tag = (await site.server.http("GET", "/", headers=fields)).headers["etag"]
        fields["If-None-Match"] = tag
        kept = await site.server.http("GET", "/", headers=fields)
        assert (kept.status, kept.body, kept.headers["etag"]) == (304, b"", tag)
        assert "content-encoding" not in kept.headers
        tags.add(tag)
    assert len(tags) == 3


async def test_files_have_no_headers_that_matter_to_documents_alone(site: Site) -> None:
    """There are some hundred of them in a first load."""
    path, *_ = await named_in(site, "/", r'modulepreload" href="(/[\w./-]+)"')
    headers = (await site.server.http("GET", path)).headers
    assert set(headers) == {
        *("date", "cache-control", "content-type", "content-length", "vary"),
        "x-content-type-options",
    }


async def test_first_load_is_small(tmp_path: Path) -> None:
    with running(tmp_path, command=COMMAND) as server:  # compresses as those of operators do
        site = Site(server, "")
        paths = await named_in(site, "/", FIRST_LOADED)
        [digest] = {path.split("/")[2] for path in paths if path.startswith("/assets/")}
        received = await bytes_of(site, ["/", *paths, f"/assets/{digest}/app/locales/en.ftl"])
    assert 100_000 < received < MAX_FIRST_LOAD


async def bytes_of(site: Site, paths: Sequence[str]) -> int:
    """Return how many bytes the responses have, on one connection."""
    requests = [f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: br" for path in paths]
    sent = "\r\n\r\n".join([*requests, ""])
    last = "GET /assets/none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    async with await trio.open_tcp_stream(*site.server.address) as stream:
        await stream.send_all((sent + last).encode())
        received = b"".join([chunk async for chunk in stream])
    received, _, _ = received.rpartition(b"HTTP/1.1 404")
    assert received.count(b"HTTP/1.1 200") == len(paths)
    return len(received)


async def test_page_in_a_frame_of_another_origin(tmp_path: Path) -> None:
    origins = ("--embedding-origins", "https://intranet.example, https://wiki.example:8443")
    with running(tmp_path, *origins) as server:
        policy = (await server.http("GET", "/")).headers["content-security-policy"]
    assert "frame-ancestors https://intranet.example https://wiki.example:8443;" in policy


async def test_the_manifest_has_the_servers_name(tmp_path: Path) -> None:
    with running(tmp_path, "--name", "Harbour") as server:
        first = await server.http("GET", "/manifest.webmanifest")
        assert (first.json["name"], first.json["short_name"]) == ("Harbour", "Harbour")
        assert first.headers["content-type"] == "application/manifest+json"
        same = {"If-None-Match": first.headers["etag"]}
        assert (await server.http("GET", "/manifest.webmanifest", headers=same)).status == 304
        code = server.admin_code
        body = {"name": "alice", "password": PASSWORD, "invitation": code}
        token = (await server.http("POST", "/api/signup", body)).json["token"]
        async with server.session(token) as alice:
            await alice.call("setServer", name="Haven")
        renamed = await server.http("GET", "/manifest.webmanifest", headers=same)
        assert (renamed.status, renamed.json["name"]) == (200, "Haven")


# ---- one version of the page, and the next


PAGE = b'<script type="importmap">{"imports": {"lib": "/assets/vendor/lib.mjs"}}</script>\
<script type="module" src="/assets/app/main.js"></script>'
FILES = {
    "index.html": PAGE,
    "sw.js": b"const list = '/assets/files.json';",
    "app/main.js": b"import 'lib'",
    "app/locales/en.ftl": b"hello = Hello",
    "vendor/lib.mjs": b"export default 1",
    "vendor/LICENSE": b"",
    "app/types.d.ts": b"",
}


def test_own_scripts_are_served_without_comments_and_indentation() -> None:
    """The lines keep their numbers."""
    script = b"""/** What it is.
 *  @module */
// how
let a = /** @type {any} */ (b); // why
let c = "https://d"; let d = " // d";
  /** @type {any} */ (c) = "/** d */"; /** e
*/
"""
    served = build_assets({**FILES, "app/main.js": script, "vendor/lib.mjs": script})
    base = f"/assets/{served.digest}/"
    own = b"""


let a = (b);
let c = "https://d"; let d = " // d";
(c) = "/** d */"; /** e
*/
"""
    assert served.by_path[f"{base}app/main.js"].content == own
    assert served.by_path[f"{base}vendor/lib.mjs"].content == script


def test_page_names_one_style_sheet_and_all_modules_of_the_first_load() -> None:
    link = b'<link rel="stylesheet" href="/assets/app/styles/%s.css">\n'
    page = link % b"one" + link % b"two" + PAGE
    served = build_assets(
        {
            **FILES,
            "index.html": page,
            "app/styles/one.css": b"p { margin: 0 }",
            "app/styles/two.css": b"a { color: red }",
            "app/main.js": b"import 'lib'; import { a } from './views/a.js'; import('./later.js')",
            "app/views/a.js": b'export*from"../b.js";import{main}from"../main.js"',
            "app/b.js": b"// from 'nowhere'",
            "app/later.js": b"",
        }
    )
    base = f"/assets/{served.digest}/"
    written = served.by_path["/index.html"].content.decode()
    assert re.findall(r'rel="stylesheet" href="(.*?)"', written) == [f"{base}app/styles/all.css"]
    styles = served.by_path[f"{base}app/styles/all.css"].content
    assert styles == b"p { margin: 0 }\na { color: red }"
    assert f"{base}app/styles/one.css" not in served.by_path
    named = re.findall(r'rel="modulepreload" href="(.*?)"', written)
    assert named == [f"{base}{path}" for path in ("vendor/lib.mjs", "app/views/a.js", "app/b.js")]
    assert written.index("importmap") < written.index("modulepreload") < written.index("main.js")


def test_a_change_of_any_file_changes_all_addresses() -> None:
    first = build_assets(FILES)
    base = f"/assets/{first.digest}/"
    assert set(first.by_path) == {
        *("/index.html", "/sw.js"),
        *(f"{base}{path}" for path in ("app/main.js", "app/locales/en.ftl", "vendor/lib.mjs")),
        f"{base}files.json",
    }
    assert first.languages() == ("en",)
    assert f'"{base}app/main.js"'.encode() in first.by_path["/index.html"].content
    assert f"'{base}files.json'".encode() in first.by_path["/sw.js"].content
    assert build_assets(dict(reversed(FILES.items()))) == first
    for path in ("app/main.js", "vendor/lib.mjs", "index.html", "sw.js"):
        later = build_assets({**FILES, path: FILES[path] + b" "})
        assert later.digest != first.digest
        assert later.by_path["/sw.js"] != first.by_path["/sw.js"]
    moved = {**FILES, "app/other.js": FILES["app/main.js"]}
    del moved["app/main.js"]
    assert build_assets(moved).digest != first.digest


def no_state() -> ServerState:
    raise AssertionError


def test_import_map_is_the_only_inline_script() -> None:
    assets = build_assets(FILES)
    page = assets.by_path["/index.html"].content.decode()
    inline = page.partition(">")[2].partition("</script>")[0]
    assert "imports" in inline
    digest = b64encode(sha256(inline.encode()).digest()).decode()
    assert assets.inline_scripts == (f"'sha256-{digest}'",)
    policy = PageRoutes(assets, no_state)._page_headers["Content-Security-Policy"]
    assert f"script-src 'self' 'sha256-{digest}';" in policy
