"""Network namespaces: each server in its own, with a cable to PostgreSQL and one to people.

A cable leads to a bridge in a namespace that stands for the switch. Out of it, packets get lost
without a word to either side, as routes stay; a proxy keeps each side's TCP alive instead.
It needs root and ``ip`` (Debian: iproute2).
"""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import attrs

POSTGRES: Final = "postgres"
PEOPLE: Final = "people"
SUBNETS: Final = {POSTGRES: "10.77.77", PEOPLE: "10.77.78"}
"""What the cables are for, with the first three numbers of their addresses."""
_SWITCH: Final = "chat-switch"


@attrs.frozen
class Network:
    """:ivar postgres: the address at which PostgreSQL has to listen.
    :ivar people: that of people, for servers.
    """

    postgres: str = f"{SUBNETS[POSTGRES]}.1"
    people: str = f"{SUBNETS[PEOPLE]}.1"

    def address(self, number: int) -> str:
        """Return that of a server for people."""
        return f"{SUBNETS[PEOPLE]}.{number + 2}"

    def inside(self, number: int) -> Sequence[str]:
        """Return the words before the command of a server."""
        return ("ip", "netns", "exec", _namespace(number))

    def cut(self, number: int, links: Sequence[str]) -> None:
        self._set(number, links, "down")

    def heal(self, number: int, links: Sequence[str]) -> None:
        self._set(number, links, "up")

    def _set(self, number: int, links: Sequence[str], state: str) -> None:
        for link in links:
            _ip("-n", _SWITCH, "link", "set", f"{link}{number}", state)


@contextmanager
def network(servers: int) -> Iterator[Network]:
    """Make the namespaces, and remove them at the end."""
    namespaces = [_SWITCH, *map(_namespace, range(servers))]
    made = []
    try:
        for namespace in namespaces:
            _ip("netns", "add", namespace)
            made.append(namespace)
            _ip("-n", namespace, "link", "set", "lo", "up")
        for link, subnet in SUBNETS.items():
            _ip("-n", _SWITCH, "link", "add", link, "type", "bridge")
            _ip("-n", _SWITCH, "link", "set", link, "up")
            _plug(link, "", None, f"{subnet}.1")
            for number in range(servers):
                _plug(link, str(number), _namespace(number), f"{subnet}.{number + 2}")
        yield Network()
    finally:
        for namespace in made:
            _ip("netns", "del", namespace)


def _plug(link: str, which: str, namespace: str | None, address: str) -> None:
    """Lay a cable from the switch to a namespace; None: that of people and PostgreSQL."""
    near, far = f"chat-{link}", f"{link}{which or '-host'}"
    here = () if namespace is None else ("-n", namespace)
    _ip(*here, "link", "add", near, "type", "veth", "peer", "name", far, "netns", _SWITCH)
    _ip(*here, "address", "add", f"{address}/24", "dev", near)
    _ip(*here, "link", "set", near, "up")
    _ip("-n", _SWITCH, "link", "set", far, "master", link, "up")


def _namespace(number: int) -> str:
    return f"chat-server-{number}"


def _ip(*words: str) -> None:
    command = ["ip", *words]
    subprocess.run(command, check=True)
