"""The model of endpoints of notifications: whose they are, and with which log-in they end."""

from collections.abc import Collection, Mapping
from typing import Any, Final

import attrs

ENDPOINT_CALLS: Final = frozenset({"addPushEndpoint", "removePushEndpoint", "listPushEndpoints"})


@attrs.define
class EndpointsModel:
    """:ivar added: by URL, the user, and the device with whose log-in it ends. Oldest first."""

    added: dict[str, tuple[str, str]] = attrs.Factory(dict)

    def call(self, user: str, device: str, method: str, params: Mapping[str, Any]) -> list[str]:
        """Make a call. Return the URLs in its reply."""
        url = params.get("endpoint", "")
        owner = self.added.get(url, ("", ""))[0]
        match method:
            case "addPushEndpoint":
                if owner != user:
                    self.added.pop(url, None)
                self.added[url] = user, device
            case "removePushEndpoint" if owner == user:
                del self.added[url]
            case "listPushEndpoints":
                return [each for each, (whose, _) in self.added.items() if whose == user]
            case _:
                pass
        return []

    def log_out(self, devices: Collection[str]) -> None:
        """End the log-in of these devices."""
        for url, (_, device) in list(self.added.items()):
            if device in devices:
                del self.added[url]
