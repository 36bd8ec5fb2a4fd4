"""Possible outcomes of concurrent calls, given the replies that came and those that did not."""

import copy
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from ..reference import Refusal
from .calls import Call, Reply
from .contract import READS, Contract, expect
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


def do_all(contract: Contract, done: Sequence[tuple[Call, Reply | None]], now: Moment) -> None:
    """Make calls in the model. A reply is None if it is unknown.

    :raises AssertionError: a reply is wrong.
    """
    for call, reply in done:
        _do(contract, call, reply, now)


def _do(contract: Contract, call: Call, reply: Reply | None, now: Moment) -> None:
    result = None if reply is None else reply.result
    try:
        contract.answer(call.device, call.method, call.params, result, copy.copy(now))
    except Refusal as refusal:
        if reply is not None:
            expect(reply.reason, refusal.reason, f"the reason why {call} is refused")
    else:
        if reply is not None:
            expect(reply.reason, None, f"the reason why {call} is refused")


def agreeing(
    candidates: Iterable[tuple[Contract, Callable[[Contract], None]]],
) -> list[Contract]:
    """Return the contracts that agree with their observations.

    :raises AssertionError: none does.
    """
    found, problems = list[Contract](), dict[str, AssertionError]()
    for contract, observe in candidates:
        try:
            observe(contract)
        except AssertionError as problem:
            problems.setdefault(str(problem), problem)
        else:
            found.append(contract)
    if found:
        return different(found)
    if len(problems) == 1:
        raise next(iter(problems.values()))
    raise AssertionError("\n".join(["nothing that may have happened explains it:", *problems]))


def different(contracts: list[Contract]) -> list[Contract]:
    return [contract for n, contract in enumerate(contracts) if contract not in contracts[:n]]
