"""Scrapes of a real server, and access to their samples."""

import re
from pathlib import Path

import attrs
import trio
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from ..client import DEADLINE_S, Answer, http
from ..server.process import Server


@attrs.frozen
class Samples:
    """Samples, as in ``value("calls_total", method="connect")``; without labels the sum of all."""

    text: str

    def _samples(self) -> list[Sample]:
        families = text_string_to_metric_families(self.text)
        return [sample for family in families for sample in family.samples]

    def value(self, name: str, **labels: str) -> float:
        return sum(
            sample.value
            for sample in self._samples()
            if sample.name == f"chatroom_{name}" and labels.items() <= sample.labels.items()
        )

    def names(self) -> set[str]:
        return {sample.name for sample in self._samples()}

    def labels(self, label: str) -> set[str]:
        """Return all values of that label."""
        return {sample.labels[label] for sample in self._samples() if label in sample.labels}


def metrics_address(server: Server) -> tuple[str, int]:
    """Return the address to which the server has bound the metrics socket."""
    found = re.findall(r"serving metrics.*address=\S*?([\d.]+):(\d+)", server.log.read_text())
    host, port = found[-1]
    return host, int(port)


async def ask(server: Server, method: str = "GET", path: str = "/metrics") -> Answer:
    return await http(await trio.open_tcp_stream(*metrics_address(server)), method, path)


async def scrape(server: Server) -> Samples:
    return _samples(await ask(server))


async def scrape_unix(path: Path) -> Samples:
    return _samples(await http(await trio.open_unix_socket(path), "GET", "/metrics"))


def _samples(answer: Answer) -> Samples:
    assert answer.status == 200
    return Samples(answer.body.decode())


async def scrape_until(server: Server, name: str, value: float, **labels: str) -> Samples:
    """Scrape until a sample has that value, which may be later than a client's reply."""
    with trio.fail_after(DEADLINE_S):
        while True:
            samples = await scrape(server)
            if samples.value(name, **labels) == value:
                return samples
            await trio.sleep(0.01)
