"""Mail is plain data: every type survives a round trip through cattrs and JSON, addresses included.

The types are found in the modules, so that a new one is tested by being there.
"""

import inspect
import json
from types import ModuleType
from typing import Any, Final, get_args

import attrs
import pytest
from cattrs.preconf.json import JsonConverter, make_converter
from cattrs.strategies import configure_tagged_union
from hypothesis import given, settings
from hypothesis import strategies as st

from chatroom.actors.mailbox import Mergeable
from chatroom.actors.supervisor import Address
from chatroom.inbox import mail as inbox
from chatroom.room import mail as room
from chatroom.store.events import RoomEvent


def types_of(module: ModuleType) -> list[type[attrs.AttrsInstance]]:
    return [
        kind
        for _, kind in inspect.getmembers(module, attrs.has)
        if kind.__module__ == module.__name__ and kind is not room.Request
    ]


MAIL: Final = [*types_of(room), *types_of(inbox)]
UNANSWERED: Final = {room.Prune, inbox.Eased}
"""Mail that no session sends."""


def _make_converter() -> JsonConverter:
    converter = make_converter(forbid_extra_keys=True)
    configure_tagged_union(RoomEvent, converter)
    return converter


BY: Final = _make_converter()


def test_all_types_are_found() -> None:
    assert {*get_args(room.RoomMail)} == {*types_of(room)}
    assert {*get_args(inbox.InboxMail)} == {*types_of(inbox)}
    assert {*room.WRITES} | {*get_args(room.Read)} | {room.Prune, room.Retire} == {*types_of(room)}
    assert {*room.MEMBERSHIP} == {*get_args(room.Membership)}


@pytest.mark.parametrize("kind", MAIL, ids=lambda kind: kind.__name__)
def test_it_is_frozen_and_compares_by_value(kind: type[attrs.AttrsInstance]) -> None:
    assert kind.__hash__ is not None
    assert kind.__setattr__ is not object.__setattr__
    fields = attrs.fields_dict(kind)
    assert "reply_to" in fields or "replies" in fields or kind in UNANSWERED


@pytest.mark.parametrize("kind", MAIL, ids=lambda kind: kind.__name__)
@settings(derandomize=True, database=None, max_examples=25, deadline=None)
@given(data=st.data())
def test_it_survives_the_round_trip(kind: type[Any], data: st.DataObject) -> None:
    mail = data.draw(st.from_type(kind))
    there = json.dumps(BY.unstructure(mail))
    back = BY.structure(json.loads(there), kind)
    assert back == mail
    assert type(back) is kind
    if isinstance(mail, Mergeable):
        assert back.merge_key == mail.merge_key
        assert back.merged(back) == mail.merged(mail)


@pytest.mark.parametrize("address", [room.address("@alice:bob"), inbox.address("alice")])
def test_so_do_addresses(address: Address) -> None:
    assert BY.structure(json.loads(json.dumps(BY.unstructure(address))), Address) == address
