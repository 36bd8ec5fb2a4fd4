"""Tokens stored between runs: a file per user, with one token per server."""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import attrs

from ..errors import ChatroomError


class TokenFileError(ChatroomError):
    """The file cannot be read or written."""


@attrs.frozen
class TokenStore:
    """A JSON file of tokens by URL. Only its owner can read it (mode 0600)."""

    path: Path

    @classmethod
    def of_user(cls, environment: Mapping[str, str]) -> "TokenStore":
        base = environment.get("XDG_CONFIG_HOME", "")
        # The XDG specification requires relative paths to be ignored.
        directory = Path(base) if os.path.isabs(base) else Path.home() / ".config"
        return cls(directory / "chatroom" / "tokens.json")

    def get(self, url: str) -> str | None:
        token = self._read().get(_key(url))
        return token if isinstance(token, str) else None

    def store(self, url: str, token: str) -> None:
        """:raises TokenFileError:"""
        self._write({**self._read(), _key(url): token})

    def forget(self, url: str) -> None:
        tokens = self._read()
        if tokens.pop(_key(url), None) is not None:
            self._write(tokens)

    def _read(self) -> dict[str, object]:
        try:
            read = json.loads(self.path.read_text())
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise TokenFileError(f"{self.path}: {error.strerror}") from None
        except ValueError:
            raise TokenFileError(f"{self.path}: not JSON; delete it and log in again") from None
        return read if isinstance(read, dict) else {}

    def _write(self, tokens: Mapping[str, object]) -> None:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Write a temporary file and rename it: the file is never partial or readable by others.
            handle, name = tempfile.mkstemp(dir=self.path.parent)  # of mode 0600
            with os.fdopen(handle, "w") as file:
                json.dump(tokens, file, indent=1)
            os.replace(name, self.path)
        except OSError as error:
            raise TokenFileError(f"{self.path}: cannot store the token: {error.strerror}") from None


def _key(url: str) -> str:
    return url.rstrip("/")
