"""Start a server, and walk through its page in Firefox.

It is no part of ``tests/run``, whose browser is Chromium. It needs Firefox (Debian's package
``firefox-esr``), and puppeteer, which it installs beside this file when it is run first.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from ..js.node import NODE, NPM, TOOLS
from ..server.process import Server

HERE: Final = Path(__file__).parent
DEADLINE_S: Final = 600


def main() -> int:
    firefox = shutil.which("firefox-esr") or shutil.which("firefox")
    if firefox is None:
        sys.exit("there is no Firefox here: apt-get install firefox-esr")
    if not (HERE / "node_modules").exists():
        install = [str(NODE), str(NPM), "ci", "--no-audit", "--no-fund"]
        subprocess.run(install, cwd=HERE, env=TOOLS, check=True, timeout=DEADLINE_S)
    with TemporaryDirectory() as directory:
        server = Server(Path(directory), "--rate-limits", "off")
        with server.cleaned_up():
            server.start()
            host, port = server.address
            walk = [str(NODE), str(HERE / "walk.js"), firefox, f"http://{host}:{port}"]
            return subprocess.run(walk, env=TOOLS, check=False, timeout=DEADLINE_S).returncode


if __name__ == "__main__":
    sys.exit(main())
