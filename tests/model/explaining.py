"""Possible outcomes of concurrent calls, given the replies that came and those that did not."""

import copy
import itertools
from collections.abc import Iterator, Sequence
from typing import Final

from ..reference import Refusal
from .contract import READS, Contract, expect
from .device import Call, Reply
from .moment import Moment

UNKNOWN: Final = (Reply(), Reply(reason="internal"), Reply(reason="storage_full"))


def _is_lost(reply: Reply) -> bool:
    return reply == Reply()


def outcomes(
    given: Sequence[tuple[Call, Reply]], failing: bool
) -> Iterator[list[tuple[Call, Reply | None]]]:
    """Yield the possible outcomes. A call without a reply may have been done or not.

    Only a failing server may reply ``internal``, which leaves both possible, or ``storage_full``,
    after which nothing was written.
    """
    choices: list[list[tuple[Call, Reply | None] | None]] = []
    for call, reply in given:
        if failing and reply.reason == "storage_full":
            choices.append([None])
        elif _is_lost(reply) or (failing and reply.reason == "internal"):
            choices.append([None] if call.method in READS else [None, (call, None)])
        else:
            choices.append([(call, reply)])
    for chosen in itertools.product(*choices):
        yield [each for each in chosen if each is not None]


def do(contract: Contract, call: Call, reply: Reply | None, now: Moment) -> None:
    """Make a call in the model.

    :param reply: the server's reply; None if it is unknown.
    :raises AssertionError: the reply is wrong.
    """
    result = None if reply is None else reply.result
    try:
        contract.answer(call.device, call.method, call.params, result, copy.copy(now))
    except Refusal as refusal:
        if reply is not None:
            expect(reply.reason, refusal.reason, f"the reason why {call} is refused")
    else:
        if reply is not None:
            expect(reply.reason, None, f"the reason why {call} is refused")


def one_of(found: list[Contract], problems: list[AssertionError]) -> list[Contract]:
    if found:
        return different(found)
    if len(problems) == 1:
        raise problems[0]
    each = "\n".join(dict.fromkeys(map(str, problems)))
    raise AssertionError(f"nothing that may have happened explains it:\n{each}")


def different(contracts: list[Contract]) -> list[Contract]:
    return [contract for n, contract in enumerate(contracts) if contract not in contracts[:n]]
