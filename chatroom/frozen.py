"""Frozen classes whose objects are made for each message, and cost as little as others.

For mypy, :func:`frozen` is :func:`attrs.frozen`, and assigning to a field is an error. At run time
nothing checks assignments, since an object of :func:`attrs.frozen` takes three times as long to
make.
"""

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from attrs import frozen as frozen
else:

    def frozen(cls=None, /, *, eq=True, **options):
        return attrs.define(cls, eq=eq, unsafe_hash=eq or None, **options)
