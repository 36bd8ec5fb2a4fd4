"""The generated modules of chatroom.js are those of the present declarations."""

from .generated import generated


def test_generated_modules_are_current() -> None:
    for path, text in generated().items():
        assert path.read_text() == text, f"{path.name}: run `python -m tests.js.generated`"
