"""The documents for developers name files, classes, functions and tests that exist."""

import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
DOCUMENTS: Final = ["ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "README.md"]
TEST: Final = re.compile(r"(?P<file>tests/[\w/]+\.py)::(?P<test>\w+)")
FILE: Final = re.compile(r"[\w/]+\.(py|js|md|toml)")
MEMBER: Final = re.compile(r"([a-z_/0-9]+\.)?(?P<class>_?[A-Z]\w*[a-z]\w*)\.(?P<member>\w+)")
"""An attribute of a class, perhaps with the class's module."""
FUNCTION: Final = re.compile(r"(?P<module>[a-z_0-9/]+)\.(?P<name>\w+)")
"""A function or class of a module. Other words with a point have no file, or are settings."""
DEFINED: Final = re.compile(r"^\s*(?:async def |def |class |self\.)?(\w+)", re.MULTILINE)
CLASS: Final = re.compile(r"_?[A-Z][a-z]+[A-Z]\w+")


def names_in(document: str) -> list[str]:
    text = re.sub(r"```.*?```", "", (ROOT / document).read_text(), flags=re.DOTALL)
    return re.findall(r"`([^`\n]+)`", text)


@cache
def sources() -> dict[str, set[str]]:
    """Return the names that each module defines or assigns, by its path."""
    places = [ROOT / "chatroom", ROOT / "tests", ROOT / "bench"]
    return {
        file.as_posix(): set(DEFINED.findall(file.read_text()))
        for place in places
        for file in place.rglob("*.py")
    }


def modules(end: str) -> list[str]:
    """Return the modules whose path ends like this."""
    return [path for path in sources() if path.endswith(f"/{end}")]


def defines(path: str, name: str) -> bool:
    return name in sources()[path]


def has_member(path: str, name: str) -> bool:
    """Whether the module has it, or one beside it, for an attribute that is inherited."""
    package = Path(path).parent
    return any(defines(beside.as_posix(), name) for beside in package.glob("*.py"))


def exists(name: str) -> bool:
    if test := TEST.fullmatch(name):
        return any(defines(path, test["test"]) for path in modules(test["file"]))
    if FILE.fullmatch(name):
        return "NNN" in name or any(ROOT.glob(name)) or any(ROOT.glob(f"[a-z]*/**/{name}"))
    if member := MEMBER.fullmatch(name):
        paths = modules(f"{member[1]}py") if member[1] else sources()
        owners = [path for path in paths if defines(path, member["class"])]
        return any(has_member(path, member["member"]) for path in owners)
    if function := FUNCTION.fullmatch(name):
        paths = modules(f"{function['module']}.py")
        if not paths or modules(f"{name.replace('.', '/')}.py"):
            return True
        settings = [*modules("config.py"), *modules("limit_settings.py")]
        return any(defines(path, function["name"]) for path in [*paths, *settings])
    if CLASS.fullmatch(name):
        return any(defines(path, name) for path in sources())
    return True  # other words


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_name_in_a_document_exists(document: str) -> None:
    assert [name for name in names_in(document) if not exists(name)] == []


@pytest.mark.parametrize(
    "name",
    [
        "tests/test_documents.py::test_nothing",
        "room/nothing.py",
        "RoomActor.nothing",
        "room/actor.RoomActor.nothing",
        "messages.nothing",
        "NoSuchActor",
    ],
)
def test_a_wrong_name_is_found(name: str) -> None:
    assert not exists(name)
