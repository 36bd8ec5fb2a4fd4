"""The documentation at ``/docs``."""

import re
from pathlib import Path

import pytest

from chatroom.http import docs_routes

DOCS = Path(docs_routes.__file__).parents[2] / "docs"
NAMES = [name for names in docs_routes.SECTIONS.values() for name in names]


def test_each_file_has_a_page() -> None:
    assert sorted(NAMES) == sorted(each.stem for each in DOCS.glob("*.md"))


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_to_headings_that_exist(name: str) -> None:
    page = docs_routes.rendered(name).decode()
    assert "<main><h1" in page
    for target, anchor in re.findall(r'href="(?:/docs(?:/([a-z-]+))?)?#([^"]+)"', page):
        other = docs_routes.rendered(target or name).decode()
        assert f'id="{anchor}"' in other, f"{target}#{anchor}"


def test_links_to_other_files_of_the_repository_are_left_out() -> None:
    page = docs_routes.rendered("operating").decode()
    assert ">Dockerfile</a>" in page
    assert 'Dockerfile"' not in page
