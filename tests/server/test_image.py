"""The image of a container, as far as it can be looked at without an engine."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_image_gets_all_that_the_wheel_is_built_of() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project, wheel = settings["project"], settings["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {
        "pyproject.toml",
        project["readme"],
        *project["license-files"],
        *wheel["packages"],
        *wheel["force-include"],
    }
    lines = [line.split() for line in (ROOT / "Dockerfile").read_text().splitlines()]
    copied = {word for first, *words in filter(None, lines) if first == "COPY" for word in words}
    sent = (ROOT / ".dockerignore").read_text().splitlines()
    assert needed <= copied
    assert needed <= {line.removeprefix("!") for line in sent if line.startswith("!")}
