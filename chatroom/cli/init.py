"""``init``: ask for what a new server needs, and write its settings, data and units."""

import getpass
import os
import shlex
import shutil
import sys
from importlib.resources import files
from pathlib import Path
from typing import Final

import click

from ..admin.shapes import AddUser, SetServerRole
from ..config import Config
from ..config_sources import load
from ..endpoints import make_tls
from ..errors import StartError
from ..model import User
from ..protocol.field_types import AccountName, NewPassword
from ..protocol.results import Empty
from .admin_client import ask
from .configuration import toml_line
from .typed import new_password

STATE: Final = Path("/var/lib")
"""systemd owns the directories of services with a user of their own here."""
UNITS: Final = ("chatroom.service", "chatroom.socket")
_LOCAL: Final = Config().listen


@click.command()
@click.option("--name", metavar="TEXT", help="The server's name for people. Asked for if missing.")
@click.option("--public-url", metavar="URL", help="What people open. Asked for if missing.")
@click.option("--admin", metavar="NAME", help="The first admin. Asked for if missing.")
@click.option("--tls-certificate", metavar="FILE", help="PEM file, if there is no proxy with TLS.")
@click.option("--tls-key", metavar="FILE", help="PEM file. Default: it is with the certificate.")
@click.option(
    "--data", type=click.Path(path_type=Path), default="chatroom-data", help="The new directory."
)
@click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path),
    default="chatroom.toml",
    help="The new file of settings. Units for systemd are written beside it.",
)
def init(
    name: str | None,
    public_url: str | None,
    admin: str | None,
    tls_certificate: str | None,
    tls_key: str | None,
    data: Path,
    file: Path,
) -> None:
    """Set up a new server: settings, data directory, first admin, and units for systemd.

    Nothing that exists is replaced.
    """
    units = [file.absolute().parent / unit for unit in UNITS]
    for each in (file, *units, data):
        if each.exists():
            raise StartError(f"{each} exists; remove it, or name another with --config and --data")
    settings: dict[str, object] = {
        "server_name": _answer(name, "Name of the server, as people read it", "chatroom"),
        "data": str(data.absolute()),
    }
    url = _answer(public_url, "Address that people open, such as https://chat.example", "")
    settings |= _address(url, tls_certificate, tls_key)
    config = load(None, {}, settings).config
    make_tls(config)
    account = _answer(admin, "Account name of the first admin", _user())
    try:
        ask(
            config,
            "addUser",
            AddUser(AccountName(account), NewPassword(new_password())),
            User,
            begin=True,
        )
        ask(config, "setServerRole", SetServerRole(account, "admin"), Empty)
    except BaseException:
        shutil.rmtree(data, ignore_errors=True)
        raise
    _write(file, "".join(f"{toml_line(key, value)}\n" for key, value in settings.items()))
    for unit, text in _units(config, file.absolute()).items():
        _write(file.absolute().parent / unit, text)
    _say_what_is_next(config, file, units)


def _answer(given: str | None, question: str, default: str) -> str:
    """Return what was given as an option, or ask. Empty is an answer."""
    if given is not None:
        return given
    answer: str = click.prompt(question, default=default, err=True)
    return answer


def _address(url: str, certificate: str | None, key: str | None) -> dict[str, object]:
    """Return the settings for the address that people open."""
    if not url:
        return {"listen": _LOCAL}
    found: dict[str, object] = {"public_url": url.rstrip("/"), "signup": "invite"}
    if certificate is None:
        return found | {"listen": _LOCAL, "trusted_proxies": ["127.0.0.1"]}
    found |= {"tls_certificate": str(Path(certificate).absolute())}
    if key is not None:
        found["tls_key"] = str(Path(key).absolute())
    return found | {"listen": "0.0.0.0:443", "redirect_listen": "0.0.0.0:80"}


def _units(config: Config, file: Path) -> dict[str, str]:
    """Return the units of the package, by name, changed for this machine and these settings."""
    service = {
        "/opt/chatroom/bin/chatroom serve --data ${STATE_DIRECTORY}": (
            f"{_this_program()} serve --config {shlex.quote(str(file))}"
        ),
    }
    if config.data.parent == STATE:
        service["StateDirectory=chatroom\n"] = f"StateDirectory={config.data.name}\n"
    else:
        service |= {
            "DynamicUser=yes\nStateDirectory=chatroom\nStateDirectoryMode=0700\n": (
                f"User={_user()}\nReadWritePaths={config.data}\n"
            ),
            "ProtectHome=yes\n": "",
        }
    if config.redirect_listen is not None:
        right = "CAP_NET_BIND_SERVICE"
        service |= {
            "CapabilityBoundingSet=\n": (
                f"AmbientCapabilities={right}\nCapabilityBoundingSet={right}\n"
            ),
            "PrivateUsers=yes\n": "",
        }
    return {
        "chatroom.service": _changed("chatroom.service", service),
        "chatroom.socket": _changed("chatroom.socket", {_LOCAL: config.listen}),
    }


def _changed(name: str, changes: dict[str, str]) -> str:
    text = (files(__package__) / "systemd" / name).read_text(encoding="utf-8")
    for old, new in changes.items():
        before, found, after = text.partition(old)
        assert found, f"{name} has no {old!r}"  # noqa: S101
        text = before + new + after
    return text


def _user() -> str:
    """Return the name of the user who runs this. In a container it may have none, but its number,
    which systemd takes too."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _this_program() -> str:
    """Return the command that runs this program."""
    found = shutil.which(sys.argv[0])
    if found is None or found.endswith(".py"):
        return f"{sys.executable} -m chatroom"
    return str(Path(found).absolute())


def _write(file: Path, text: str) -> None:
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(text)
    except OSError as error:
        raise StartError(f"{file}: {error.strerror}") from None


def _say_what_is_next(config: Config, file: Path, units: list[Path]) -> None:
    click.echo(f"The settings are in {file}, the data in {config.data}.")
    click.echo(f"Start the server:  chatroom serve --config {shlex.quote(str(file))}")
    click.echo("Or as a service:")
    click.echo(f"  cp {shlex.join(map(str, units))} /etc/systemd/system/")
    click.echo(
        "  systemctl daemon-reload && systemctl enable --now chatroom.socket chatroom.service"
    )
    if os.getuid() == 0 and config.data.parent != STATE:
        click.echo(
            f"As a service it would run as root. With --data {STATE / 'chatroom'} systemd gives it"
            " a user of its own; or name another one as User= in the unit, and give it the data."
        )
    if config.trusted_proxies:
        click.echo("A proxy with TLS is needed before it: docs/operating.md has configurations.")
