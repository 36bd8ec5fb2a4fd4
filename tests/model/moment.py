"""A time in ms chosen by the server, of which only bounds are known."""


class Moment(int):
    """It equals the first number within the bounds that it is compared with, and then only that."""

    def __new__(cls, low: int, high: int | None = None) -> "Moment":
        moment = super().__new__(cls, low)
        moment.low, moment.high = low, low if high is None else high
        return moment

    low: int
    high: int

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Moment):
            return (self.low, self.high) == (other.low, other.high)
        if not isinstance(other, int) or not self.low <= other <= self.high:
            return False
        self.low = self.high = other
        return True

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{self.low}" if self.low == self.high else f"({self.low}..{self.high})"


def later(one: int, other: int) -> Moment:
    """Return the later of two moments."""
    assert isinstance(one, Moment)
    assert isinstance(other, Moment)
    return Moment(max(one.low, other.low), max(one.high, other.high))
