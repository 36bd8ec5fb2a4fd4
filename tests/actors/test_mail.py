"""Mail is plain data: all types and addresses survive a round trip through cattrs and JSON.

The test finds the types in the modules and among the declared calls, so it covers new ones too.
"""

import inspect
import json
from types import ModuleType
from typing import Any, Final

import attrs
import pytest
from cattrs.preconf.json import JsonConverter, make_converter
from cattrs.strategies import configure_tagged_union
from hypothesis import given, settings
from hypothesis import strategies as st

from chatroom.actors.actor import Address
from chatroom.actors.mailbox import Mergeable
from chatroom.hub.envelope import Envelope, ReplyTo
from chatroom.inbox import mail as inbox
from chatroom.protocol.calls import CALLS
from chatroom.room import mail as room
from chatroom.store.events import RoomEvent


def types_of(module: ModuleType) -> list[type[attrs.AttrsInstance]]:
    return [
        kind
        for _, kind in inspect.getmembers(module, attrs.has)
        if kind.__module__ == module.__name__
    ]


OTHER_MAIL: Final = [*types_of(room), *types_of(inbox)]
UNANSWERED: Final = {room.Prune, room.ReadAnew, inbox.Eased, inbox.PartnerChanged}
"""Mail without a reply."""
MAILED_CALLS: Final = [call for call in CALLS.values() if call.handler != "session"]


def _make_converter() -> JsonConverter:
    converter = make_converter(forbid_extra_keys=True)
    configure_tagged_union(RoomEvent, converter)
    return converter


BY: Final = _make_converter()
given_data: Final = given(data=st.data())
examples: Final = settings(max_examples=25)


def named(kind: type) -> str:
    return kind.__name__


@pytest.mark.parametrize("kind", [Envelope, *OTHER_MAIL, *MAILED_CALLS], ids=named)
def test_it_compares_by_value(kind: type[attrs.AttrsInstance]) -> None:
    """mypy keeps it frozen; see :mod:`chatroom.frozen`."""
    assert kind.__eq__ is not object.__eq__
    assert kind.__hash__ not in (None, object.__hash__)


@pytest.mark.parametrize("kind", [Envelope, *OTHER_MAIL], ids=named)
def test_mail_names_the_address_of_each_reply(kind: type[attrs.AttrsInstance]) -> None:
    fields = attrs.fields_dict(kind)
    assert "reply_to" in fields or "replies" in fields or kind in UNANSWERED


def there_and_back(mail: Any, kind: Any) -> Any:
    return BY.structure(json.loads(json.dumps(BY.unstructure(mail))), kind)


@pytest.mark.parametrize("kind", MAILED_CALLS, ids=named)
@examples
@given_data
def test_an_envelope_survives_the_round_trip(kind: Any, data: st.DataObject) -> None:
    fields = {field.name: st.from_type(field.type) for field in attrs.fields(kind)}
    calls = st.builds(kind, **fields)
    mail = data.draw(st.builds(Envelope, st.text(), st.from_type(ReplyTo), calls))
    back = there_and_back(mail, Envelope[kind])
    assert back == mail
    assert type(back.call) is kind


@pytest.mark.parametrize("kind", OTHER_MAIL, ids=named)
@examples
@given_data
def test_other_mail_survives_the_round_trip(kind: type[Any], data: st.DataObject) -> None:
    mail = data.draw(st.from_type(kind))
    back = there_and_back(mail, kind)
    assert back == mail
    assert type(back) is kind
    if isinstance(mail, Mergeable):
        assert back.merge_key == mail.merge_key
        assert back.merged(back) == mail.merged(mail)


@pytest.mark.parametrize("address", [room.address("@alice:bob"), inbox.address("alice")])
def test_so_do_addresses(address: Address) -> None:
    assert BY.structure(json.loads(json.dumps(BY.unstructure(address))), Address) == address
