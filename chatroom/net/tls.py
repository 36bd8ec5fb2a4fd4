"""TLS with a certificate from files, which may be replaced while the server runs."""

import logging
import ssl
from pathlib import Path
from typing import Final

import trio

from ..errors import StartError

CHECK_INTERVAL_S: Final = 10
"""Time between two looks at the files. Tools that renew certificates replace them a month early."""

logger = logging.getLogger(__name__)


class Tls:
    """Encrypts connections. Those that exist keep the certificate with which they began.

    :param certificate: a PEM file with the certificate, and the intermediate ones after it.
    :param key: a PEM file with the private key; None: it is in the first file.
    :raises StartError: the files cannot be used.
    """

    def __init__(self, certificate: Path, key: Path | None) -> None:
        self._certificate = certificate
        self._key = key
        self._loaded = self._state()
        try:
            self._context = self._load()
        except OSError as error:  # which ssl.SSLError is too
            raise StartError(f"TLS is not possible: {self._explained(error)}") from None

    def wrap(self, stream: trio.SocketStream) -> trio.SSLStream[trio.SocketStream]:
        """Return the encrypted stream. Its first use makes the handshake."""
        return trio.SSLStream(stream, self._context, server_side=True, https_compatible=True)

    async def run(self) -> None:
        """Reload the files when they have changed, until cancelled."""
        while True:
            await trio.sleep(CHECK_INTERVAL_S)
            self.reload()

    def reload(self) -> None:
        """Use the files for new connections, if they have changed and can be used.

        While only one of two files is replaced, they do not match; a later call succeeds.
        """
        found = self._state()
        if found == self._loaded:
            return
        self._loaded = found
        try:
            self._context = self._load()
        except OSError as error:
            reason = self._explained(error)
            logger.error("the new certificate is not used", extra={"error": reason})
        else:
            logger.info("reloaded the certificate", extra={"file": str(self._certificate)})

    def _load(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)  # TLS 1.2 or later
        context.set_alpn_protocols(["http/1.1"])
        context.load_cert_chain(self._certificate, self._key, password=_no_password)
        return context

    def _state(self) -> list[tuple[int, int, int] | None]:
        """Return what differs when a file is replaced or written."""
        return [_state(file) for file in (self._certificate, self._key) if file is not None]

    def _explained(self, error: OSError) -> str:
        files = " and ".join(str(file) for file in (self._certificate, self._key) if file)
        if isinstance(error, ssl.SSLError):
            reason = error.reason or "no certificate and key in PEM"
            return f"{files}: {reason.lower().replace('_', ' ')}"
        return f"{files}: {error.strerror or error}"


def _no_password() -> str:
    """Refuse a key that is encrypted. OpenSSL would ask the terminal for the password."""
    return ""


def _state(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
