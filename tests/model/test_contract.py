"""Any history of calls, faults and kills, on the real server beside a contract: see :mod:`.rules`.

Each run draws the same histories. To look for others, for as long as it takes::

    HYPOTHESIS_PROFILE=soak pytest tests/model

What fails is printed as the steps that lead there; nothing else is needed to see it again.
"""

from hypothesis import settings

from .rules import Chat

EXAMPLES = 2 * settings().max_examples

TestContract = Chat.TestCase
TestContract.settings = settings(max_examples=EXAMPLES, stateful_step_count=50)
