"""``serve``: run the server, and say where it is."""

import logging
import shlex
import sys
from functools import partial

import click
import trio

from ..accounts.invitations import link
from ..config import Config
from ..config_sources import Settings
from ..process import drop
from ..setting_types import unix_path
from .settings import configured

logger = logging.getLogger(__name__)


@click.command()
@click.option(
    "--name", "server_name", metavar="TEXT", help="The server's name for people. Default: chatroom."
)
@click.option("--accent", metavar="COLOUR", help="Colour of the page, such as '#3f6f8f'.")
@click.option(
    "--public-url", metavar="URL", help="The address that people open, if it is another one."
)
@click.option(
    "--listen", metavar="ADDRESS", help="HOST:PORT or unix:PATH. Default: 127.0.0.1:8000."
)
@click.option("--tls-certificate", metavar="FILE", help="PEM file, for HTTPS. Default: plain HTTP.")
@click.option(
    "--tls-key", metavar="FILE", help="PEM file. Default: the key is with the certificate."
)
@click.option("--redirect-listen", metavar="HOST:PORT", help="Where HTTP is redirected to HTTPS.")
@click.option(
    "--trusted-proxies",
    metavar="ADDRESSES",
    help="Comma-separated reverse proxies whose X-Forwarded-For or Forwarded is trusted.",
)
@click.option(
    "--allowed-origins",
    metavar="ORIGINS",
    help="Comma-separated origins whose pages may use the server, besides its own.",
)
@click.option(
    "--embedding-origins",
    metavar="ORIGINS",
    help="Comma-separated origins whose pages may show the page in a frame. Default: none.",
)
@click.option(
    "--metrics-listen",
    metavar="ADDRESS",
    help="Address of GET /metrics: HOST:PORT or unix:PATH. Default: off.",
)
@click.option(
    "--signup",
    type=click.Choice(["open", "invite", "closed"]),
    help="Who may sign up: anybody, people with an invitation, or nobody. Default: open.",
)
@click.option(
    "--who-makes-rooms",
    type=click.Choice(["everyone", "admins"]),
    help="Who may make rooms and groups. Default: everyone.",
)
@click.option(
    "--who-is-listed",
    type=click.Choice(["shared", "everyone"]),
    help="Whom people find: those with whom they share a room, or everyone. Default: shared.",
)
@click.option(
    "--who-is-written-to",
    type=click.Choice(["everyone", "shared"]),
    help="Whom people may write to and invite first. Default: everyone.",
)
@click.option(
    "--rate-limits",
    type=click.Choice(["on", "off"]),
    help="Turn off only in trusted networks. Default: on.",
)
@click.option("--keep-days", type=int, help="Prune older messages. Default: keep all.")
@click.option(
    "--keep-messages", type=int, help="Prune all but this many per room. Default: keep all."
)
@click.option(
    "--push-grace",
    "push_grace_s",
    type=float,
    help="Seconds to read a message before devices are notified. Default: 10.",
)
@click.option(
    "--push-text",
    type=click.Choice(["on", "off"]),
    help="Whether notifications have texts and names. Default: on.",
)
@click.option(
    "--push-contact", metavar="ADDRESS", help="mailto: or https: address for push services."
)
@click.option(
    "--push-allow-private",
    type=click.Choice(["on", "off"]),
    help="Whether push services may be in private networks, and without TLS. Default: off.",
)
@click.option("--log-format", type=click.Choice(["console", "json"]), help="Default: console.")
@click.option(
    "--log-level", type=click.Choice(["debug", "info", "warning", "error"]), help="Default: info."
)
@click.option(
    "--init", is_flag=True, help="Create a new database in a directory whose database is lost."
)
@configured
@click.pass_obj
def serve(settings: Settings, config: Config, init: bool) -> None:
    """Run the server until SIGTERM or Ctrl-C."""
    from .. import log, server  # imported here so that `chatroom --help` is fast

    log.set_up(config.log_format, config.log_level)
    if settings.unknown:
        logger.warning("unknown variables are ignored", extra={"variables": settings.unknown})
    trio.run(
        partial(
            server.serve,
            config,
            init=init,
            # In a terminal that signal means that the terminal has been closed.
            reload=None if sys.stdin.isatty() else lambda: settings.reload().config,
            announce=partial(_announce, config),
        )
    )
    try:
        sys.stderr.flush()
    except OSError:  # the disk of the log may be full, but the server has run well
        drop(sys.stderr)


def _announce(config: Config, address: str, admin_code: str | None) -> None:
    """Print how to use the server.

    :param address: host:port as bound, or ``unix:PATH``.
    :param admin_code: the code by which somebody becomes the first admin.
    """
    data_option = "" if config.data == Config().data else f" --data {shlex.quote(str(config.data))}"
    if config.database is not None:
        data_option += f" --database {shlex.quote(config.database)}"
    if config.signup == "open":
        people = f"Sign up there, or add people with: chatroom admin user add NAME{data_option}"
    elif config.signup == "invite":
        make = f"chatroom admin invitation add{data_option}"
        people = f"Sign-up is by invitation; make a link with: {make}"
    else:
        people = f"Sign-up is closed; add people with: chatroom admin user add NAME{data_option}"
    if admin_code is not None:
        people += (
            "\nThere is no admin yet. This link makes one, once:"
            f" {link(config.url(address), admin_code)}"
        )
    url = config.url(address)
    websocket = "" if unix_path(url) else f" (WebSocket: ws{url.removeprefix('http')}/ws)"
    stored = "All data is" if config.database is None else "All but the database is"
    try:
        click.echo(
            f"chatroom is ready at {url}{websocket}\n"
            f"{people}\n"
            f"{stored} in {config.data.absolute()}; Ctrl-C or SIGTERM stops the server"
        )
    except OSError as error:  # the server works without it
        logger.warning("cannot write to standard output: %s", error.strerror)
        drop(sys.stdout)
