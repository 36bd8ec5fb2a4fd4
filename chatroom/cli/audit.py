"""``audit``: what admins, moderators, owners and operators have done."""

from datetime import UTC, datetime
from typing import get_args

import click

from ..admin.shapes import AuditEntries, ReadAudit
from ..config import Config
from ..model import AuditAct, AuditEntry
from ..protocol.codec import encode_json
from .admin_client import ask
from .parse import parse_time
from .sanitize import plain
from .settings import configured
from .table import columns, utc_minute


@click.command()
@click.option("--room", help="Only in this room, which may be deleted.")
@click.option("--by", help="Only acts of this account.")
@click.option("--user", help="Only acts on this account.")
@click.option("--act", type=click.Choice(get_args(AuditAct)), help="Only this act.")
@click.option("--since", metavar="WHEN", help="From this time on.")
@click.option("--until", metavar="WHEN", help="Before this time.")
@click.option("--limit", type=click.IntRange(1), help="The newest so many. Default: all.")
@click.option("--json", "as_lines", is_flag=True, help="An object a line.")
@configured
def audit(
    config: Config,
    room: str | None,
    by: str | None,
    user: str | None,
    act: str | None,
    since: str | None,
    until: str | None,
    limit: int | None,
    as_lines: bool,
) -> None:
    """Print the audit, newest first. It is only appended to.

    WHEN is a time (2026-11-24, 2026-11-24T06:19+01:00; of UTC without a zone) or a duration before
    now (30m, 2h, 3d).
    """
    entries: list[AuditEntry] = []
    before: int | None = None
    wanted = (room, by, user, act, _ms(since, "--since"), _ms(until, "--until"))
    while limit is None or len(entries) < limit:
        page = ask(config, "readAudit", ReadAudit(before, *wanted), AuditEntries)
        entries += page.entries
        if (before := page.next) is None:
            break
    entries = entries[:limit]
    if as_lines:
        click.echo(b"".join(encode_json(entry) + b"\n" for entry in entries), nl=False)
    else:
        click.echo(_table(entries))


def _ms(text: str | None, option: str) -> int | None:
    try:
        return None if text is None else parse_time(text, datetime.now(UTC), utc=True)
    except ValueError as error:
        raise click.UsageError(f"{option} {error}") from None


def _table(entries: list[AuditEntry]) -> str:
    rows = [("TIME", "BY", "ACT", "USER", "ROOM", "DETAILS")]
    rows += [
        (
            utc_minute(entry.timestamp),
            plain(entry.by or "operator"),
            entry.act,
            plain(entry.user or ""),
            plain(entry.room or ""),
            plain(entry.details or ""),
        )
        for entry in entries
    ]
    return columns(rows)
