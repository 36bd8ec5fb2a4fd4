"""A campaign on PostgreSQL, which may be away."""

import attrs

from chatroom.errors import TEMPORARY

from ..client import CallFailed
from .campaign import Act, Campaign


@attrs.define(eq=False)
class PostgresCampaign(Campaign):
    """Tries again, too, after a refusal because PostgreSQL is away."""

    def _enough(self) -> bool:
        return True  # the other campaigns are for changes of membership

    async def _live(self, name: str, act: Act) -> None:
        done = False
        while not done:
            try:
                await super()._live(name, act)
                done = True
            except* CallFailed as failed:
                _, others = failed.split(_is_temporary)
                if others is not None:
                    raise others from None


def _is_temporary(error: BaseException) -> bool:
    return isinstance(error, CallFailed) and error.reason in TEMPORARY
