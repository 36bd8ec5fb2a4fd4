"""``invite``: the operator's commands for invitations by link."""

import click

from ..admin.shapes import CreateInvitation, InvitationRef, ListInvitations, MadeInvitation
from ..config import Config
from ..protocol.codec import encode_json
from ..protocol.results import Empty, Invitations, ListedInvitation
from ..setting_types import unix_path
from .admin_client import ask
from .sanitize import plain
from .settings import configured
from .table import columns, utc_minute


@click.group()
def invite() -> None:
    """Make links by which people sign up or become members of a room; list and revoke them."""


@invite.command()
@click.option("--room", help="A room of which people become members.")
@click.option("--server", is_flag=True, help="People may sign up by it. Implied without --room.")
@click.option(
    "--uses", type=click.IntRange(1, 100_000), help="For how many people. Default: any number."
)
@click.option("--days", type=click.IntRange(1, 3650), help="Days until it ends. Default: never.")
@click.option(
    "--base", metavar="URL", help="The address that people open. Default: that of the server."
)
@configured
def add(
    config: Config,
    room: str | None,
    server: bool,
    uses: int | None,
    days: int | None,
    base: str | None,
) -> None:
    """Make an invitation, and print its link.

    The link is not shown again.
    """
    params = CreateInvitation(room, server or room is None, days, uses)
    made = ask(config, "createInvitation", params, MadeInvitation)
    base = base or made.url or config.url(config.listen)
    click.echo(link(base, made.code))


@invite.command("list")
@click.option("--json", "as_json", is_flag=True, help="An array of objects.")
@configured
def list_invitations(config: Config, as_json: bool) -> None:
    """List all invitations, newest first, with the people who came by them."""
    found: list[ListedInvitation] = []
    after: str | None = None
    while True:
        page = ask(config, "listInvitations", ListInvitations(after), Invitations)
        found += page.invitations
        if (after := page.next) is None:
            break
    click.echo(encode_json(found) if as_json else _table(found))


@invite.command()
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@configured
def revoke(config: Config, ids: tuple[str, ...]) -> None:
    """Revoke invitations by the ids that `list` prints. People who have come by them stay."""
    for each in ids:
        ask(config, "revokeInvitation", InvitationRef(each), Empty)


def link(base: str, code: str) -> str:
    """Return the link of an invitation.

    :param base: the address of the server.
    """
    known = "https://ADDRESS" if unix_path(base) else base.rstrip("/")
    return f"{known}/?invitation={code}"


def _table(found: list[ListedInvitation]) -> str:
    rows = [("ID", "TO", "BY", "CREATED", "ENDS", "USES", "PEOPLE")]
    for each in found:
        to = [plain(each.room)] if each.room is not None else []
        if each.server:
            to.append("the server")
        ends = "never" if each.expires_at is None else utc_minute(each.expires_at)
        if each.revoked_at is not None:
            ends = "revoked"
        uses = str(each.uses) if each.max_uses is None else f"{each.uses} of {each.max_uses}"
        rows.append(
            (
                each.id,
                " and ".join(to),
                plain(each.by or "operator"),
                utc_minute(each.timestamp),
                ends,
                uses,
                ", ".join(map(plain, each.users)),
            )
        )
    return columns(rows)
