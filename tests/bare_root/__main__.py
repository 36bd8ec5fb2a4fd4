"""Do what an operator does, in a root directory that has the binary and the C library alone.

::

    python -m tests.bare_root

It is no part of ``tests/run``, since it builds two binaries: that of this tree, and that of a
made-up later version of it, whose schema has one migration more. Each step is printed.
"""

import shutil
import signal
import sys
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import trio

from ..binary.building import ROOT, build, built
from ..client import Client
from ..server.process import PASSWORD, Server
from .root import BareRoot

ROOM: Final = {"room": "general"}
LATER: Final = """
def _upgrade(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE rooms ADD COLUMN color TEXT NOT NULL DEFAULT 'blue'")


"""
"""The made-up migration."""


def main() -> None:
    with TemporaryDirectory(prefix="bare-root-") as directory:
        work = Path(directory) / "work"
        work.mkdir()
        root = BareRoot(Path(directory) / "root", work)
        _step("build two binaries")
        binary = built()
        root.install(binary, "chatroom")
        root.install(_later(binary.parent / "later", Path(directory) / "tree"), "chatroom-later")
        trio.run(Walk(root, work).run)
    _step("done")


def _step(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _later(output: Path, tree: Path) -> Path:
    """Build the made-up later version, or return what an earlier run has built of it."""
    if (output / "chatroom").exists():
        return output / "chatroom"
    for name in ("chatroom", "binary", "docs"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    schema = tree / "chatroom" / "store" / "sqlite" / "schema.py"
    text, mark = schema.read_text(), "MIGRATIONS: Final["
    before, after = text.split(mark)
    assert "(m001_first.upgrade,)" in after
    after = after.replace("(m001_first.upgrade,)", "(m001_first.upgrade, _upgrade)")
    schema.write_text(f"{before}{LATER}{mark}{after}")
    output.mkdir(exist_ok=True)
    build(tree, output)
    return output / "chatroom"


class Walk:
    """:param work: has the data directory, the settings and the copies."""

    def __init__(self, root: BareRoot, work: Path) -> None:
        self._root = root
        self._work = work
        self._data = work / "data"
        self._settings = work / "chatroom.toml"
        self._tokens: dict[str, str] = {}

    async def run(self) -> None:
        self._init()
        with self._server("chatroom").cleaned_up() as server:
            server.start()
            await self._look_at_the_page(server)
            await self._let_two_people_chat(server)
            copy = self._work / "copy.db"
            _step("backup while it runs")
            self._on_data("backup", str(copy))
            await self._expect(server, ["hello bob", "hello alice"], writes="after the copy")
            assert await server.stop(signal.SIGTERM) == 0
            _step("wipe, restore, check")
            shutil.rmtree(self._data)
            self._on_data("restore", str(copy))
            assert self._on_data("check") == "ok\n"
            server.start()
            await self._expect(server, ["hello bob", "hello alice"], writes="restored")
            assert await server.stop(signal.SIGTERM) == 0
        await self._upgrade()
        await self._return()
        _step("selftest")
        _step(self._root.run("chatroom", "selftest"))

    def _server(self, name: str) -> Server:
        options = ["--config", str(self._settings), "--rate-limits", "off"]
        return Server(self._work, *options, command=self._root.command(name))

    def _on_data(self, command: str, *arguments: str, name: str = "chatroom", code: int = 0) -> str:
        where = ("--data", str(self._data))
        return self._root.run(name, command, *arguments, *where, code=code)

    def _init(self) -> None:
        _step("init")
        where = ["--data", str(self._data), "--config", str(self._settings)]
        answers = ["--name", "Blue House", "--public-url", "", "--admin", "alice"]
        self._root.run("chatroom", "init", *answers, *where, typed=f"{PASSWORD}\n")
        files = sorted(path.name for path in self._work.iterdir())
        assert files == ["chatroom.service", "chatroom.socket", "chatroom.toml", "data"], files

    async def _look_at_the_page(self, server: Server) -> None:
        _step("the page, its files, the documentation")
        assert (await server.http("GET", "/api/server")).json["name"] == "Blue House"
        page = await server.http("GET", "/")
        base = page.body.decode().split('src="/assets/')[1].split("/")[0]
        listed = (await server.http("GET", f"/assets/{base}/files.json")).json
        for path in (*listed, "/docs/", "/docs/operating", "/asyncapi.json", "/healthz"):
            answer = await server.http("GET", path)
            assert answer.status == 200, f"{path}: {answer.status}"

    async def _let_two_people_chat(self, server: Server) -> None:
        _step("two people chat")
        self._on_data("admin", "user", "list")
        body = {"name": "alice", "password": PASSWORD}
        answer = await server.http("POST", "/api/login", body)
        assert answer.status == 200, answer.body
        self._tokens = {"alice": answer.json["token"], "bob": await server.sign_up("bob")}
        async with self._session(server, "alice") as alice, self._session(server, "bob") as bob:
            for person in (alice, bob):
                await person.call("joinRoom", **ROOM)
                await person.call("subscribe", **ROOM)
            await alice.call("sendMessage", **ROOM, text="hello bob")
            heard = await bob.event("newMessage", **ROOM)
            assert (heard["sender"], heard["text"]) == ("alice", "hello bob")
            await bob.call("sendMessage", **ROOM, text="hello alice")
            await alice.event("newMessage", sender="bob")

    def _session(self, server: Server, name: str) -> AbstractAsyncContextManager[Client]:
        return server.session(self._tokens[name])

    async def _expect(self, server: Server, texts: list[str], writes: str) -> None:
        """Check that the room has these messages alone, and write another one."""
        async with self._session(server, "bob") as bob:
            page = await bob.call("getHistory", **ROOM)
            assert [message["text"] for message in page["messages"]] == texts, page
            await bob.call("sendMessage", **ROOM, text=writes)

    async def _upgrade(self) -> None:
        _step("upgrade to the later version")
        kept = self._data / "chatroom.db.version-1"
        with self._server("chatroom-later").cleaned_up() as server:
            server.start()
            assert kept.exists()
            texts = ["hello bob", "hello alice", "restored"]
            await self._expect(server, texts, writes="in the later version")
            assert await server.stop(signal.SIGTERM) == 0
        assert self._on_data("check", name="chatroom-later") == "ok\n"
        _step("the earlier version refuses it")
        said = self._on_data("serve", "--listen", "127.0.0.1:0", code=1)
        assert "newer version" in said, said

    async def _return(self) -> None:
        _step("return to the version before, as docs/operating.md says")
        for name in ("chatroom.db-wal", "chatroom.db-shm", "chatroom.mark"):
            (self._data / name).unlink(missing_ok=True)
        (self._data / "chatroom.db.version-1").rename(self._data / "chatroom.db")
        with self._server("chatroom").cleaned_up() as server:
            server.start()
            await self._expect(server, ["hello bob", "hello alice", "restored"], writes="back")
            assert await server.stop(signal.SIGTERM) == 0
        assert self._on_data("check") == "ok\n"


if __name__ == "__main__":
    main()
