"""The table of metrics in docs/operating.md. ``python -m tests.metrics.table`` writes it."""

from pathlib import Path
from typing import Final

from chatroom.metrics.rows import METRICS, Row

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "operating.md"
HEAD: Final = "| metric | meaning |\n|---|---|\n"


def table() -> str:
    return HEAD + "".join(f"| `{_shown(row)}` | {row.help} |\n" for row in METRICS)


def _shown(row: Row) -> str:
    suffix = {"counter": "_total", "info": "_info"}.get(row.kind, "")
    return f"{row.name}{suffix}" + (f"{{{row.label}}}" if row.label else "")


def main() -> None:
    text = DOCUMENT.read_text()
    before, found, rest = text.partition(HEAD)
    assert found
    rows = rest.splitlines(keepends=True)
    after = next(number for number, line in enumerate(rows) if not line.startswith("|"))
    DOCUMENT.write_text(before + table() + "".join(rows[after:]))


if __name__ == "__main__":
    main()
