"""The service worker of a page, by the browser's developer protocol."""

import json
from typing import Any, Final

from playwright.sync_api import Page

WITH_WORKER: Final[dict[str, Any]] = {
    "service_workers": "allow",
    "permissions": ["notifications"],
}
"""Options of a context whose pages have a service worker that may show notifications."""
# Polls, until what is shown is as expected or the time is up.
_SHOWN = """async ([expected, tag]) => {
    const registration = await navigator.serviceWorker.ready;
    const deadline = Date.now() + 15_000;
    for (;;) {
        const read = () => registration.getNotifications(tag ? { tag } : {});
        const all = await navigator.locks.request('notifications', read); // not while one is shown
        const shown = all.map(({ title, body, tag }) => [title, body, tag]).sort();
        const done = expected ? JSON.stringify(shown) === JSON.stringify(expected) : shown.length;
        if (done || Date.now() > deadline) return shown;
        await new Promise((again) => setTimeout(again, 20));
    }
}"""


class Worker:
    def __init__(self, tab: Page) -> None:
        self._tab = tab
        self._protocol = tab.context.new_cdp_session(tab)
        self._id: str | None = None
        self._protocol.on("ServiceWorker.workerRegistrationUpdated", self._registered)
        tab.wait_for_function("() => navigator.serviceWorker.controller?.state === 'activated'")
        self._protocol.send("ServiceWorker.enable")

    def _registered(self, event: Any) -> None:
        for registration in event["registrations"]:
            self._id = registration["registrationId"]

    def push(self, **payload: object) -> None:
        """Let the browser's push service deliver something."""
        params = {
            "origin": self._tab.evaluate("location.origin"),
            "registrationId": self._id,
            "data": json.dumps(payload),
        }
        self._protocol.send("ServiceWorker.deliverPushMessage", params)

    def shows(self, *notifications: tuple[str, str, str]) -> None:
        """Wait until these are shown: title, body and tag of each."""
        expected = sorted(list(each) for each in notifications)
        shown = self._tab.evaluate(_SHOWN, [expected, None])
        assert shown == expected, shown

    def press(self, tag: str) -> None:
        """Press the notification with this tag, as its person would, as soon as it is shown."""
        assert self._tab.evaluate(_SHOWN, [None, tag])
        [worker] = self._tab.context.service_workers
        worker.evaluate(
            """async (tag) => {
                const read = () => registration.getNotifications({ tag });
                const [notification] = await navigator.locks.request('notifications', read);
                dispatchEvent(new NotificationEvent('notificationclick', { notification }));
            }""",
            tag,
        )
