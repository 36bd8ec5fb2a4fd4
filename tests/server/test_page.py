"""The page's files: addresses, headers, caching and compression."""

import gzip
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from urllib.parse import urljoin

import pytest

from chatroom.http.assets import build_assets
from chatroom.http.page_routes import PageRoutes

from ..client import Answer
from .process import running
from .shared_server import Site

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
GZIP = {"Accept-Encoding": "br;q=1.0, gzip;q=0.8, *;q=0.1"}


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
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        if path.endswith("js") and path not in seen:
            assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
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


async def test_files_are_compressed_for_browsers_that_take_it(site: Site) -> None:
    async def get(**headers: str) -> Answer:
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        return await site.server.http("GET", style, headers=fields)

    style, *_ = await named_in(site, "/", r'href="(/[\w./-]+\.css)"')
    plain, packed = await get(), await get(**GZIP)
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 2
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"
    assert plain.headers["etag"] != packed.headers["etag"]
    for refusing in ("gzip;q=0", "identity", "gzip; q=0.0"):
        assert (await get(Accept_Encoding=refusing)).body == plain.body
    kept = await get(**GZIP, If_None_Match=packed.headers["etag"])
    assert (kept.status, kept.body) == (304, b"")
    head = await site.server.http("HEAD", style, headers=GZIP)
    assert (head.body, head.headers["content-length"]) == (b"", str(len(packed.body)))


async def test_page_in_a_frame_of_another_origin(tmp_path: Path) -> None:
    origins = ("--embedding-origins", "https://intranet.example, https://wiki.example:8443")
    with running(tmp_path, *origins) as server:
        policy = (await server.http("GET", "/")).headers["content-security-policy"]
    assert "frame-ancestors https://intranet.example https://wiki.example:8443;" in policy


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


def test_own_scripts_are_served_without_their_documentation() -> None:
    """The lines keep their numbers, and casts within a line stay."""
    script = b"/** What it is.\n *  @module */\nlet a = /** @type {any} */ (b); // why\n"
    served = build_assets({**FILES, "app/main.js": script, "vendor/lib.mjs": script})
    base = f"/assets/{served.digest}/"
    own = b"\n\nlet a = /** @type {any} */ (b); // why\n"
    assert served.by_path[f"{base}app/main.js"].content == own
    assert served.by_path[f"{base}vendor/lib.mjs"].content == script


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


def test_import_map_is_the_only_inline_script() -> None:
    assets = build_assets(FILES)
    page = assets.by_path["/index.html"].content.decode()
    inline = page.partition(">")[2].partition("</script>")[0]
    assert "imports" in inline
    digest = b64encode(sha256(inline.encode()).digest()).decode()
    assert assets.inline_scripts == (f"'sha256-{digest}'",)
    policy = PageRoutes(assets)._page_headers["Content-Security-Policy"]
    assert f"script-src 'self' 'sha256-{digest}';" in policy
