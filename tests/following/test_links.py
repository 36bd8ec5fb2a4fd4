"""Links to files, which clients use at any node."""

from chatroom.files.links import Link

from .two_nodes import two_nodes


async def test_a_link_of_one_node_is_valid_at_the_other() -> None:
    async with two_nodes() as (one, two):
        until = one.node.links.end()
        path, _, query = one.node.links.make("photo", "file", "phone", until).partition("?")
        assert two.node.links.read(path, query) == Link("photo", "file", "phone", until)
        assert two.node.links.read(path, query.replace("phone", "other")) is None
