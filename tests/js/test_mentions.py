"""chatroom.js finds the mentions in a text that the server finds."""

import json
import random
import subprocess
from typing import Final

from chatroom.model.names import EVERYONE, mention_candidates

from .generated import PACKAGE
from .node import NODE

TEXTS: Final = 500
PARTS: Final = ("@", "bob", "bob.", "carol", "a", "room", ".", "_", "-", " ", "é", "B", "👍", ",")
MEMBERS: Final = {"bob", "bob.", "carol", "a", "a.b", EVERYONE}
SCRIPT: Final = """
const { mentionRanges } = await import(process.argv[1]);
const { texts, members } = JSON.parse(process.argv[2]);
const known = new Set(members);
const found = texts.map((text) => {
  const ranges = mentionRanges(text, (name) => known.has(name));
  for (const { start, end, name } of ranges) {
    if (text.slice(start, end) !== `@${name}`) throw Error(text);
  }
  return [...new Set(ranges.map(({ name }) => name))];
});
console.log(JSON.stringify(found));
"""


def mentioned(text: str) -> list[str]:
    names = dict.fromkeys(
        next((name for name in candidates if name in MEMBERS), None)
        for candidates in mention_candidates(text)
    )
    return [name for name in names if name is not None]


def test_the_same_mentions_are_found() -> None:
    choose = random.Random(1)  # noqa: S311 - to be repeated
    texts = ["".join(choose.choices(PARTS, k=choose.randrange(1, 40))) for _ in range(TEXTS)]
    texts.append(" ".join(f"@a{number}" for number in range(60)) + " @bob")
    given = json.dumps({"texts": texts, "members": sorted(MEMBERS)})
    module = str(PACKAGE / "mentions.js")
    command = [str(NODE), "--input-type=module", "--eval", SCRIPT, module, given]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout) == list(map(mentioned, texts))
