"""``python -m tests.nodes.lossy``: the server, which misses 30 % of what other nodes tell it."""

import random

from chatroom.store.postgres.notify_bus import NotifyBus

from ..quick_hasher import main

LOST = 0.3

if __name__ == "__main__":
    hear = NotifyBus._hear
    dice = random.Random(1)  # noqa: S311 - to be repeated

    def hear_some(bus: NotifyBus, text: bytes) -> None:
        if dice.random() >= LOST:
            hear(bus, text)

    setattr(NotifyBus, "_hear", hear_some)  # noqa: B010 - mypy lets no method be replaced
    main()
