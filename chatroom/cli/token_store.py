"""Tokens kept between runs: one file of the person's own, a token for each server.

Knows files, nothing of servers.
"""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import attrs

from ..errors import ChatroomError


class NotKept(ChatroomError):
    """The file cannot be written or read."""


@attrs.frozen
class TokenStore:
    """``path`` is a JSON object of tokens by URL, readable by its owner alone (mode 0600)."""

    path: Path

    @classmethod
    def of_user(cls, environment: Mapping[str, str]) -> "TokenStore":
        base = environment.get("XDG_CONFIG_HOME", "")
        # The specification says to ignore a relative one.
        directory = Path(base) if os.path.isabs(base) else Path.home() / ".config"
        return cls(directory / "chatroom" / "tokens.json")

    def get(self, url: str) -> str | None:
        token = self._read().get(_key(url))
        return token if isinstance(token, str) else None

    def keep(self, url: str, token: str) -> None:
        """:raises NotKept: it can't be."""
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
            raise NotKept(f"{self.path}: {error.strerror}") from None
        except ValueError:
            raise NotKept(f"{self.path}: not JSON; remove it to log in anew") from None
        return read if isinstance(read, dict) else {}

    def _write(self, tokens: Mapping[str, object]) -> None:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Beside it and then over it: never half a file, never a moment of a wider mode.
            handle, name = tempfile.mkstemp(dir=self.path.parent)  # of mode 0600
            with os.fdopen(handle, "w") as file:
                json.dump(tokens, file, indent=1)
            os.replace(name, self.path)
        except OSError as error:
            raise NotKept(f"{self.path}: the token is not kept: {error.strerror}") from None


def _key(url: str) -> str:
    return url.rstrip("/")
