"""Writes what ``chatroom config sample`` prints: ``python -m tests.settings_sample``.

The meanings are the texts below the fields in :mod:`chatroom.config`, which the installed product
does not read: a single-file build has no source.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import attrs

import chatroom.config
from chatroom.cli.configuration import SAMPLE, toml_line
from chatroom.config import Config
from chatroom.limit_settings import Rate

FILE: Final = Path(chatroom.config.__file__).parent / "cli" / SAMPLE
_WIDTH: Final = 100
_HEAD: Final = """\
# All settings of chatroom with their defaults. To change one, remove the "# " before it.
# Use the file with: chatroom serve --config FILE
"""


def generated() -> str:
    return _HEAD + "\n".join(_table("", Config)) + "\n"


def _table(prefix: str, shape: Any) -> Iterator[str]:
    meanings = _meanings(shape)
    # A key after the head of a table would belong to that table, so tables are last.
    for field in sorted(attrs.fields(shape), key=lambda field: attrs.has(field.type)):
        yield ""
        name = prefix + field.name
        if field.type is Rate:
            yield from _comment(meanings.get(field.name, ""))
            yield f"[{name}]"
            for key, value in attrs.asdict(field.default).items():
                yield f"# {toml_line(key, value)}"
        elif attrs.has(field.type):
            yield from _comment(inspect.getdoc(field.type))
            yield f"[{name}]"
            yield from _table(f"{name}.", field.type)
        else:
            yield from _comment(meanings.get(field.name, ""))
            line = toml_line(field.name, field.default)
            yield line if field.default is None else f"# {line}"


def _comment(text: str | None) -> Iterator[str]:
    plain = re.sub("``(.*?)``", r"\1", " ".join((text or "").split())).replace("None:", "not set:")
    yield from (f"## {line}" for line in textwrap.wrap(plain, _WIDTH - 3))


def _meanings(shape: Any) -> dict[str, str]:
    """Return the string below each field of a class, by the field's name."""
    [body] = ast.parse(textwrap.dedent(inspect.getsource(shape))).body
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    name: str | None = None
    for each in body.body:
        match each:
            case ast.AnnAssign(target=ast.Name(id=str(name))):
                pass
            case ast.Expr(value=ast.Constant(value=str(text))) if name is not None:
                found[name] = text
            case _:
                name = None
    return found


if __name__ == "__main__":
    FILE.write_text(generated())
