"""Where a real server accepts connections: with TLS of its own, and on a socket with a path."""

import ssl
from pathlib import Path
from signal import SIGHUP

import pytest
import trio
import trustme

from chatroom.client import connect
from chatroom.client.accounts import sign_up

from ..client import DEADLINE_S, Answer, http
from .commands import run_command
from .process import PASSWORD, Server, reserved_address

HOST = "127.0.0.1"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def write_certificate(authority: trustme.CA, directory: Path) -> tuple[str, ...]:
    """Issue and write a certificate. Return the options of the server."""
    issued = authority.issue_cert(HOST)
    certificate, key = directory / "chat.pem", directory / "chat.key"
    certificate.write_bytes(b"".join(each.bytes() for each in issued.cert_chain_pems))
    key.write_bytes(issued.private_key_pem.bytes())
    return "--tls-certificate", str(certificate), "--tls-key", str(key)


async def over_tls(server: Server, trusting: ssl.SSLContext) -> trio.SSLStream[trio.SocketStream]:
    """Connect, and make the handshake."""
    stream = await trio.open_tcp_stream(*server.address)
    encrypted = trio.SSLStream(stream, trusting, server_hostname=HOST, https_compatible=True)
    await encrypted.do_handshake()
    return encrypted


async def serial_number(server: Server, trusting: ssl.SSLContext) -> object:
    async with await over_tls(server, trusting) as stream:
        certificate = stream.getpeercert()
        assert isinstance(certificate, dict)
        return certificate["serialNumber"]


async def test_people_chat_over_tls_and_a_renewed_certificate_ends_no_session(
    tmp_path: Path, authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    options = write_certificate(authority, tmp_path)
    with Server(tmp_path, *options).running() as server:
        url = f"https://{HOST}:{server.address[1]}"
        assert f"{url} (WebSocket: wss://" in server.said
        token = await sign_up(url, "alice", PASSWORD, ssl_context=trusting)
        async with connect(url, token, ssl_context=trusting) as chat:
            await chat.create_room("general")
            before = await serial_number(server, trusting)
            write_certificate(authority, tmp_path)
            server.send_signal(SIGHUP)
            with trio.fail_after(DEADLINE_S):
                while await serial_number(server, trusting) == before:
                    pass
            large = "x" * 4000
            sent = [await chat.send("general", f"{n}{large}"[:4000]) for n in range(9)]
            assert [each.seq for each in sent] == list(range(1, 10))


async def test_browsers_are_sent_from_http_to_https(
    tmp_path: Path, authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    options = write_certificate(authority, tmp_path)
    plain = reserved_address()
    with Server(tmp_path, *options, "--redirect-listen", plain).running() as server:
        stream: trio.abc.Stream = await trio.open_tcp_stream(HOST, int(plain.partition(":")[2]))
        answer = await http(stream, "GET", "/?room=general", headers={"Host": f"{HOST}:80"})
        https = f"https://{HOST}:{server.address[1]}"
        assert (answer.status, answer.headers["location"]) == (308, f"{https}/?room=general")
        answer = await http(await over_tls(server, trusting), "GET", "/", headers={"Host": HOST})
        assert answer.status == 200
        assert answer.headers["strict-transport-security"]


async def test_what_speaks_no_tls_is_disconnected_alone(
    tmp_path: Path, authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    with Server(tmp_path, *write_certificate(authority, tmp_path)).running() as server:
        async with await trio.open_tcp_stream(*server.address) as stream:
            await stream.send_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            with trio.fail_after(DEADLINE_S):
                while await stream.receive_some():
                    pass
        assert await serial_number(server, trusting)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--tls-certificate", "missing.pem"), "missing.pem: No such file or directory"),
        (("--redirect-listen", "127.0.0.1:0"), "redirect_listen: needs tls_certificate"),
    ],
)
async def test_settings_without_a_certificate_are_refused(
    tmp_path: Path, options: tuple[str, str], said: str
) -> None:
    done = await run_command("serve", "--data", str(tmp_path / "data"), *options)
    assert done.code == 1
    assert said in done.error
    assert not (tmp_path / "data").exists()


async def test_a_socket_with_a_path_is_for_a_proxy(tmp_path: Path) -> None:
    path = tmp_path / "chat.sock"
    options = ("--listen", f"unix:{path}", "--public-url", "https://chat.example")
    with Server(tmp_path, *options).running() as server:
        assert "https://chat.example/?invitation=" in server.said
        assert (await signed_up(path, "https://mallory.example")).status == 403
        answer = await signed_up(path, "https://chat.example")
        assert answer.status == 201
        assert "Secure" in answer.headers["set-cookie"]
        made = await run_command("admin", "invitation", "add", "--data", str(server.data))
        assert made.out.startswith("https://chat.example/?invitation=")


async def signed_up(path: Path, origin: str) -> Answer:
    """Sign up as a page behind a proxy does."""
    headers = {
        "Chatroom-Token": "cookie",
        "Host": "localhost",
        "Origin": origin,
        "X-Forwarded-For": "192.0.2.1",
        "X-Forwarded-Proto": "https",
    }
    stream = await trio.open_unix_socket(str(path))
    body = {"name": "alice", "password": PASSWORD}
    return await http(stream, "POST", "/api/signup", body, headers)
