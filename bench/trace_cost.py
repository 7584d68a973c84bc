#!/usr/bin/env python3
"""What tracing costs where the collector is no good: trace_cost.py [REQUESTS] [PAIRS] [SINK_URL]

Starts one node without and one with `admin.trace_sink`, for each kind of collector: away (nothing listens), silent (takes connections and
never answers), and, where SINK_URL is given, that one. Each gets REQUESTS (20000) reads and a tenth of it writes of 1 KiB over a
connection kept open, in turn, PAIRS (5) times. Prints processor time per request by the scheduler's own count, the median of the
pairs' ratios, resident memory before and after, and the spans dropped. Needs the program as tests/blackbox does ($GARAGE_BINARY)."""

import contextlib
import pathlib
import socket
import statistics
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "blackbox"))

from metrics_page import scrape, series  # noqa: E402
from server import Server, free_ports  # noqa: E402
from sigv4 import Connection, Request, send, sign  # noqa: E402

BODY = b"x" * 1024
# Enough to fill the queue of spans: what is measured is how it goes on, not how it begins.
WARM_UP_REQUESTS = 4000


class Measured:
    def __init__(self, directory: pathlib.Path, sink: str | None):
        directory.mkdir()
        self.admin_port, = free_ports(1)
        sections = f'\n[admin]\napi_bind_addr = "127.0.0.1:{self.admin_port}"\n'
        self.server = Server(directory, sections=sections + (f'trace_sink = "{sink}"\n' if sink else ""))
        assert send(self.server, Request("PUT", "/first-bucket/read", body=BODY)).status == 200

    def cpu_ns(self) -> int:
        tasks = pathlib.Path(f"/proc/{self.server.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks)

    def run(self, requests: int) -> float:
        """Microseconds of processor time per request."""
        get = sign(self.server, Request("GET", "/first-bucket/read")).head
        put = sign(self.server, Request("PUT", "/first-bucket/written", body=BODY)).head + BODY
        before = self.cpu_ns()
        with Connection(self.server) as connection:
            for number in range(requests):
                method, message = ("PUT", put) if number % 10 == 9 else ("GET", get)
                connection.send(message)
                assert connection.answer(method).status == 200
        return (self.cpu_ns() - before) / requests / 1000

    def dropped(self) -> int:
        return int(series(scrape("127.0.0.1", self.admin_port))["garage_trace_spans_dropped"])


def compare(directory: pathlib.Path, name: str, sink: str, requests: int, pairs: int) -> None:
    with contextlib.ExitStack() as stack:
        off, on = Measured(directory / f"{name}-off", None), Measured(directory / f"{name}-on", sink)
        for one in (off, on):
            stack.callback(one.server.kill9)
            one.run(WARM_UP_REQUESTS)
        memory, ratios = on.server.rss_mib(), []
        for _ in range(pairs):
            without, traced = off.run(requests), on.run(requests)
            ratios.append(traced / without)
            print(f"  {name}: off {without:.1f} us, on {traced:.1f} us a request, ratio {ratios[-1]:.3f}", flush=True)
        print(f"{name}: median ratio {statistics.median(ratios):.3f}; memory {memory:.1f} -> {on.server.rss_mib():.1f} MiB "
              f"(off: {off.server.rss_mib():.1f}); {on.dropped()} spans dropped", flush=True)


def main() -> None:
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    pairs = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with tempfile.TemporaryDirectory() as directory, socket.create_server(("127.0.0.1", 0)) as silent:
        sinks = {"away": f"http://127.0.0.1:{free_ports(1)[0]}", "silent": f"http://127.0.0.1:{silent.getsockname()[1]}"}
        if len(sys.argv) > 3:
            sinks["given"] = sys.argv[3]
        for name, sink in sinks.items():
            compare(pathlib.Path(directory), name, sink, requests, pairs)


if __name__ == "__main__":
    main()
