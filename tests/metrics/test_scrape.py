"""A scrape over a real socket, from the real server."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from chatroom.http.metrics_server import MAX_CONNECTIONS

from ..client import DEADLINE_S
from ..server.commands import run_command
from ..server.process import PASSWORD, Server, running
from .scraping import ask, metrics_address, scrape, scrape_unix, scrape_until


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path, "--metrics-listen", "127.0.0.1:0") as server:
        yield server


async def test_metrics_count_sessions_calls_and_messages(server: Server) -> None:
    before = await scrape(server)
    assert before.value("sessions") == 0
    alice, bob = await server.sign_up("alice"), await server.sign_up("bob")
    async with server.session(alice) as hers, server.session(bob) as his:
        for client in (hers, his):
            await client.call("joinRoom", room="general", create=client is hers)
            await client.call("subscribe", room="general")
        for number in range(3):
            await hers.call("sendMessage", room="general", text="hello", clientId=f"c{number}")
        assert (await his.refused("sendMessage", room="general", text=" ")).reason == "text_empty"
        samples = await scrape(server)
        assert samples.value("sessions") == 2
        assert samples.value("connections") == 2
        assert samples.value("actors", kind="room") == 1
        assert samples.value("actors", kind="userInbox") == 2
    await scrape_until(server, "sessions", 0)
    samples = await scrape_until(server, "sessions_ended_total", 2)
    assert samples.value("sessions_begun_total") == 2
    assert samples.value("sessions_ended_total", code="4008") == 0
    assert samples.value("connections_accepted_total") == 4
    assert samples.value("calls_total", method="connect") == 2
    assert samples.value("calls_total", method="sendMessage") == 4
    assert samples.value("refusals_total", reason="text_empty") == 1
    assert samples.value("refusals_total") == 1
    assert samples.value("messages_posted_total") == 3
    assert samples.value("call_seconds_count", method="sendMessage") == 1  # the first of 16
    commits = samples.value("commit_seconds_count") - before.value("commit_seconds_count")
    assert commits >= 3
    assert samples.value("commit_jobs_sum") >= samples.value("commit_jobs_count")
    assert samples.value("database_bytes") > 0
    assert samples.value("disk_free_bytes") > 0
    assert samples.value("healthy") == 1
    assert "process_resident_memory_bytes" in samples.text
    for password in ("wrong horse", PASSWORD):
        await server.http("POST", "/api/login", {"name": "alice", "password": password})
    samples = await scrape(server)
    assert samples.value("log_ins_refused_total", reason="unauthenticated") == 1
    assert samples.value("log_ins_refused_total", reason="rate_limited") == 0


async def test_no_name_text_or_token_is_in_it(server: Server) -> None:
    token = await server.sign_up("alice.liddell")
    async with server.session(token) as client:
        await client.call("joinRoom", room="wonderland", create=True)
        await client.call("sendMessage", room="wonderland", text="off with", clientId="c1")
        await client.refused("invite", room="wonderland", user="hatter")
        text = (await scrape(server)).text.lower()
    for private in ("liddell", "wonderland", "off with", "hatter", token.lower(), "127.0.0.1"):
        assert private not in text


async def test_text_from_clients_becomes_no_label(server: Server) -> None:
    async with server.session(await server.sign_up("alice")) as client:
        assert (await client.refused("stealRoom")).reason == "unknown_method"
        close_4321 = bytes([0x88, 0x82, 0, 0, 0, 0]) + (4321).to_bytes(2, "big")
        await client.send_raw(close_4321)
        samples = await scrape_until(server, "sessions_ended_total", 1, code="other")
    assert samples.value("calls_total", method="other") == 1
    assert "stealRoom" not in samples.labels("method")
    assert "4321" not in samples.labels("code")


async def test_metrics_are_served_on_their_own_port_only(server: Server) -> None:
    assert (await server.http("GET", "/metrics")).status == 404
    for method, path, status in (
        ("GET", "/", 404),
        ("GET", "/healthz", 404),
        ("GET", "/ws", 426),
        ("POST", "/metrics", 405),
    ):
        assert (await ask(server, method, path)).status == status


async def test_slow_scrapers_delay_nobody(server: Server) -> None:
    address = metrics_address(server)
    slow = [await trio.open_tcp_stream(*address) for _ in range(MAX_CONNECTIONS - 1)]
    for stream in slow:
        await stream.send_all(b"GET /metrics HTTP/1.1\r\n")
    async with server.session(await server.sign_up("alice")) as client:
        await client.call("joinRoom", room="general", create=True)
        assert (await scrape(server)).value("sessions") == 1
    for stream in slow:
        await stream.aclose()


async def test_one_connection_too_many_is_closed(server: Server) -> None:
    address = metrics_address(server)
    streams = [await trio.open_tcp_stream(*address) for _ in range(MAX_CONNECTIONS)]
    with trio.fail_after(DEADLINE_S):
        for stream in streams:
            await stream.send_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert await stream.receive_some() != b""
        refused = await trio.open_tcp_stream(*address)
        assert await refused.receive_some() == b""
    for stream in (*streams, refused):
        await stream.aclose()


async def test_a_socket_with_a_path(tmp_path: Path) -> None:
    path = tmp_path / "metrics.sock"
    with running(tmp_path, "--metrics-listen", f"unix:{path}") as server:
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        await server.sign_up("alice")
        assert (await scrape_unix(path)).value("connections_accepted_total") == 1
        await server.kill()
        assert path.exists()
        server.start()
        assert (await scrape_unix(path)).value("connections_accepted_total") == 0
        assert await server.stop() == 0
        assert not path.exists()


async def test_an_address_that_is_taken(tmp_path: Path, server: Server) -> None:
    address = "{}:{}".format(*metrics_address(server))
    where = ("--listen", "127.0.0.1:0", "--metrics-listen", address)
    done = await run_command("serve", "--data", str(tmp_path / "other"), *where)
    assert done.code == 1
    assert f"cannot listen on {address} for metrics" in done.error


async def test_it_is_off_by_default(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        assert "serving metrics" not in server.log.read_text()
