"""Frozen classes that cost little to make are values, like those of :func:`attrs.frozen`."""

import attrs

from chatroom.frozen import frozen


@frozen
class Point:
    x: int
    y: int = 0


@frozen(eq=False)
class Thing:
    x: int


def test_objects_are_compared_and_hashed_by_their_values() -> None:
    assert Point(1) == Point(1, 0) != Point(1, 1)
    assert {Point(1), Point(1, 0)} == {Point(1)}
    assert attrs.evolve(Point(1), y=2) == Point(1, 2)


def test_objects_without_eq_are_compared_and_hashed_by_identity() -> None:
    one, other = Thing(1), Thing(1)
    assert one != other
    assert len({one, other}) == 2
