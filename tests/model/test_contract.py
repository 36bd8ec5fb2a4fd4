"""Random histories of calls, faults and kills on the real server and a contract: :mod:`.rules`.

Each run draws the same histories. To search for others, for a long time::

    HYPOTHESIS_PROFILE=soak pytest tests/model

A failure is printed as the steps that lead to it, which are enough to reproduce it.
"""

import pytest
from hypothesis import settings

from .on_postgres import ChatMoved, ChatOnPostgres, ChatOnTwoPostgresNodes
from .rules import Chat, ChatOnTwoNodes

pytestmark = pytest.mark.long(70)

EXAMPLES = settings().max_examples // 7

TestContract = Chat.TestCase
TestContract.settings = settings(max_examples=EXAMPLES, stateful_step_count=50)
TestTwoNodes = ChatOnTwoNodes.TestCase
TestTwoNodes.settings = settings(max_examples=EXAMPLES // 4, stateful_step_count=50)
TestPostgres = ChatOnPostgres.TestCase
TestPostgres.settings = settings(max_examples=EXAMPLES // 10, stateful_step_count=50)
TestTwoPostgresNodes = ChatOnTwoPostgresNodes.TestCase
TestTwoPostgresNodes.settings = settings(max_examples=1, stateful_step_count=50)
TestMoved = ChatMoved.TestCase
TestMoved.settings = settings(max_examples=EXAMPLES // 14, stateful_step_count=50)
