"""Calls on the devices that are notified of what one person has not read."""

from ...frozen import frozen
from ..declaring import InboxCall, call
from ..field_types import AuthSecret, EndpointUrl, PublicKey
from ..results import Empty, PushEndpoints, PushKey, PushTested


@call("getPushKey", when_read_only=True)
@frozen
class GetPushKey(InboxCall[PushKey]):
    """The public key of the server, for a device to register with its push service."""


@call("addPushEndpoint", cost="joins", when_read_only=True)
@frozen
class AddPushEndpoint(InboxCall[Empty]):
    """Send notifications of what I have not read to an endpoint, with the keys of its device, until
    this log-in ends. Once more replaces it.
    """

    endpoint: EndpointUrl
    p256dh: PublicKey
    auth: AuthSecret


@call("removePushEndpoint", cost="joins", when_read_only=True)
@frozen
class RemovePushEndpoint(InboxCall[Empty]):
    """Send nothing to an endpoint of mine any more."""

    endpoint: EndpointUrl


@call("listPushEndpoints", when_read_only=True)
@frozen
class ListPushEndpoints(InboxCall[PushEndpoints]):
    """My endpoints, the oldest first."""


@call("testPush", cost="joins", when_read_only=True)
@frozen
class PushTest(InboxCall[PushTested]):
    """Send a test notification to an endpoint of mine. Answered when its push service has answered,
    within 30 seconds.
    """

    endpoint: EndpointUrl
