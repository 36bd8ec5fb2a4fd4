"""Calls of devices, and their replies."""

from typing import Any

import attrs

from ..client import CallFailed, Client, Json


@attrs.frozen
class Call:
    """A call. The method ``prune`` stands for pruning by the server itself."""

    device: str
    method: str
    params: Json

    def __repr__(self) -> str:
        params = ", ".join(f"{name}={value!r}" for name, value in self.params.items())
        return f"{self.device}: {self.method}({params})"

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        """For Hypothesis, which prints the steps."""
        printer.text(repr(self))


@attrs.frozen
class Reply:
    """A result or a refusal. If it has neither, the reply never came."""

    result: Json | None = None
    reason: str | None = None


@attrs.define
class Pending:
    client: Client
    number: int | None = None

    async def wait(self) -> Reply:
        """Wait for the reply or the end of the connection."""
        try:
            return Reply(result=await self.client.reply(self.number))
        except CallFailed as failed:
            return Reply(reason=failed.reason)
        except AssertionError:
            if self.client.closed_code is None:
                raise
            return Reply()

    def now(self) -> Reply:
        """Return the reply if it is there, without waiting."""
        for frame in self.client.frames:
            if self.number is not None and frame.get("id") == self.number:
                failed = frame.get("error")
                return Reply(frame.get("result"), failed and failed["data"]["reason"])
        return Reply()
