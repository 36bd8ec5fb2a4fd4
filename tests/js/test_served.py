"""Scripts and style sheets without comments and indentation, as they are served, mean the same."""

import re
import subprocess
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from chatroom.http.assets import served_content

from .node import TOOLS

WEB = Path(str(files("chatroom.web")))


def minified(directory: Path, sources: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files without comments and needless white space, also that in templates."""
    for path, content in sources.items():
        (directory / "in" / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / "in" / path).write_bytes(content)
    options = ["--minify", "--outdir=../out", "--outbase=.", "--log-level=warning"]
    command = ["esbuild", *sources, *options]
    subprocess.run(command, cwd=directory / "in", env=TOOLS, timeout=60, check=True)
    contents = {path: (directory / "out" / path).read_bytes() for path in sources}
    return {path: re.sub(rb"\n[ \t]+", b"\n", content) for path, content in contents.items()}


def test_comments_and_indentation_are_all_that_is_left_out(tmp_path: Path) -> None:
    found = (path for path in WEB.rglob("*") if path.suffix in (".js", ".css"))
    sources = {str(path.relative_to(WEB)): path.read_bytes() for path in found}
    own = {path: content for path, content in sources.items() if not path.startswith("vendor/")}
    served = {path: served_content(path, content) for path, content in own.items()}
    assert minified(tmp_path / "served", served) == minified(tmp_path / "own", own)
    assert sum(map(len, served.values())) < 0.75 * sum(map(len, own.values()))
