"""Calls on the devices that are notified of what the user has not read."""

from ..protocol import results
from ..protocol.calls import (
    AddPushEndpoint,
    GetPushKey,
    ListPushEndpoints,
    PushTest,
    RemovePushEndpoint,
)
from ..protocol.field_types import AuthSecret, EndpointUrl, PublicKey
from .call_methods import CallMethods


class PushCalls(CallMethods):
    """Calls on the devices that are notified of what the user has not read, by Web Push."""

    async def push_key(self) -> str:
        """Return the server's public key, in base64url. A device registers it with its push
        service, as ``applicationServerKey``.
        """
        return (await self.call(GetPushKey())).key

    async def add_push_endpoint(self, endpoint: str, *, p256dh: str, auth: str) -> None:
        """Send notifications to a device until this log-in ends. Once more replaces its keys.

        :param endpoint: the URL that the push service gave to the device.
        :param p256dh: the device's public key, in base64url without padding.
        :param auth: the device's secret, likewise.
        """
        await self.call(AddPushEndpoint(EndpointUrl(endpoint), PublicKey(p256dh), AuthSecret(auth)))

    async def remove_push_endpoint(self, endpoint: str) -> None:
        """Send nothing to the endpoint any more. Nothing happens if there is no such one."""
        await self.call(RemovePushEndpoint(EndpointUrl(endpoint)))

    async def list_push_endpoints(self) -> tuple[results.ListedEndpoint, ...]:
        """Return the user's endpoints, the oldest first."""
        return (await self.call(ListPushEndpoints())).endpoints

    async def test_push(self, endpoint: str) -> results.PushTested:
        """Send a test notification to one of the user's endpoints. It takes up to 30 seconds."""
        return await self.call(PushTest(EndpointUrl(endpoint)))
