"""Writes the generated modules of chatroom.js: ``python -m tests.js.generated``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import chatroom
from chatroom.protocol import javascript

PACKAGE: Final = Path(chatroom.__file__).parent / "web" / "chatroom"


def generated() -> Mapping[Path, str]:
    return {
        PACKAGE / "types.d.ts": javascript.types(),
        PACKAGE / "protocol.js": javascript.constants(),
    }


if __name__ == "__main__":
    for path, text in generated().items():
        path.write_text(text)
