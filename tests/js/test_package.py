"""The package, as a product installs it: it runs in Node.js, and TypeScript knows its types."""

import json
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Final

import chatroom

from .generated import PACKAGE
from .node import NODE, NPM, TOOLS

DEADLINE_S: Final = 120
CONSUMER: Final = """
import { connect, CallError, type RoomMessage, type RoomState } from 'chatroom';
import type { InboxEntry } from 'chatroom/types';

const client = connect({ url: 'http://localhost', token: async () => 'token' });
const state: RoomState = client.room('general').state;
const texts: string[] = state.messages.map((message: RoomMessage) => message.text);
const entry: InboxEntry = await client.calls.markRead({ room: 'general', seq: 1 });
const off: () => void = client.on('typing', ({ user, typing }) => console.log(user, typing, texts));
// @ts-expect-error: a parameter that the protocol does not have
client.calls.markRead({ room: 'general', sequence: 1 });
// @ts-expect-error: snapshots do not change
state.messages.push(entry);
try {
  await client.room('general').send('hello', { files: [new File([], 'empty')] });
} catch (error) {
  if (error instanceof CallError && error.reason === 'muted') off();
}
"""
OPTIONS: Final = {
    "strict": True,
    "noEmit": True,
    "target": "es2022",
    "module": "nodenext",
    "lib": ["es2022", "dom"],
    "types": [],
}


def run(*command: str | Path, where: Path) -> str:
    done = subprocess.run(
        [*map(str, command)],
        cwd=where,
        env=TOOLS,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_package_can_be_installed(tmp_path: Path) -> None:
    source, product = tmp_path / "source", tmp_path / "product"
    shutil.copytree(PACKAGE, source)
    run(NODE, NPM, "pack", "--pack-destination", tmp_path, where=source)
    with tarfile.open(tmp_path / f"chatroom-{chatroom.__version__}.tgz") as packed:
        packed.extractall(tmp_path, filter="data")
    (product / "node_modules").mkdir(parents=True)
    (tmp_path / "package").rename(product / "node_modules" / "chatroom")
    (product / "package.json").write_text('{"type": "module"}')
    (product / "consumer.ts").write_text(CONSUMER)
    settings = {"compilerOptions": OPTIONS, "include": ["consumer.ts"]}
    (product / "tsconfig.json").write_text(json.dumps(settings))
    run("tsc", "-p", ".", where=product)
    names = run(
        NODE,
        "--eval",
        "import('chatroom').then((names) => console.log(Object.keys(names).join()))",
        where=product,
    )
    assert "connect" in names
