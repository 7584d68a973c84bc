#!/usr/bin/env python3
"""A website under views while its nodes restart in turn: bench/site_views.py [--minutes 10] [--views 100]

Three nodes (network namespaces: needs root), one bucket served as a website. Each view is a page with its pictures, as a browser
loads it: it tries the three addresses in an order of its own, and goes on to the next only where a connection is refused. Any other
failure, a wrong byte or a wrong status counts as a broken view, and the script ends with 1. $GARAGE_BINARY is the program.
"""

import argparse
import pathlib
import random
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import requests

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/blackbox"))
import clients  # noqa: E402
import site_pages  # noqa: E402
from cluster import set_up_cluster, until  # noqa: E402

SECTION = '\n[s3_web]\nbind_addr = "{ip}:3902"\nroot_domain = ".web.test"\n'
HOST = {"host": "my-bucket.web.test"}


class Views:
    def __init__(self, addresses: list[str], pages: dict[str, tuple[str, bytes]], fresh: bool):
        self.addresses, self.pages, self.fresh = addresses, pages, fresh
        self.lock = threading.Lock()
        self.seconds: list[float] = []
        self.refused, self.broken = 0, []

    def fetch(self, session: requests.Session, address: str, key: str) -> None:
        answer = session.get(f"http://{address}:3902/{key}", headers=HOST, timeout=30)
        if answer.status_code != 200 or answer.content != self.pages[key][1]:
            raise AssertionError(f"{address}/{key}: {answer.status_code}, {len(answer.content)} bytes")

    def fetch_anywhere(self, session: requests.Session, order: list[str], key: str) -> None:
        for address in order:
            try:
                return self.fetch(session, address, key)
            except requests.exceptions.ConnectionError as error:
                if "Connection refused" not in str(error):
                    raise
                with self.lock:
                    self.refused += 1
        raise AssertionError("every address refused the connection")

    def view(self) -> None:
        order = random.sample(self.addresses, len(self.addresses))
        start = time.monotonic()
        try:
            with requests.Session() as session:
                for key in self.pages:
                    self.fetch_anywhere(session, order, key)
                    if self.fresh:
                        session.close()
        except Exception as error:  # whatever it is, the view is broken: it is counted and told
            with self.lock:
                self.broken.append(f"{time.strftime('%H:%M:%S')} {type(error).__name__}: {error}"[:300])
            return
        with self.lock:
            self.seconds.append(time.monotonic() - start)


def restart_in_turn(cluster, stop: threading.Event, pause_seconds: float, count: list[int]) -> None:
    while not stop.is_set():
        node = cluster.nodes[count[0] % len(cluster.nodes)]
        node.stop()
        stop.wait(2)
        node.start()
        count[0] += 1
        stop.wait(pause_seconds)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--views", type=float, default=100, help="each minute")
    parser.add_argument("--pause", type=float, default=10, help="seconds between restarts")
    parser.add_argument("--fresh", action="store_true", help="a connection for each file, instead of one kept open for a view")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory, set_up_cluster(pathlib.Path(directory), sections=SECTION) as cluster:
        pages = site_pages.upload(clients.boto(cluster.nodes[0]), "my-bucket")
        cluster.nodes[0].cli("bucket", "website", "--allow", "my-bucket")
        views = Views([node.address for node in cluster.nodes], {key: page for key, page in pages.items() if key != "404.html"},
                      options.fresh)
        until(lambda: all(requests.get(f"http://{node.address}:3902/", headers=HOST, timeout=5).status_code == 200
                          for node in cluster.nodes), "every node serves the site")
        stop, restarts, failures = threading.Event(), [0], []

        def restarting() -> None:
            try:
                restart_in_turn(cluster, stop, options.pause, restarts)
            except AssertionError as error:
                failures.append(str(error))

        restarter = threading.Thread(target=restarting)
        restarter.start()
        with ThreadPoolExecutor(8) as pool:
            end, number, start = time.monotonic() + 60 * options.minutes, 0, time.monotonic()
            while time.monotonic() < end:
                pool.submit(views.view)
                number += 1
                time.sleep(max(0.0, start + number * 60 / options.views - time.monotonic()))
        stop.set()
        restarter.join()
    times = sorted(views.seconds)
    print(f"{len(times)} views of {len(views.pages)} files, {restarts[0]} restarts, {views.refused} refused connections, "
          f"{len(views.broken)} broken views")
    if times:
        print(f"a view took {times[len(times) // 2] * 1000:.0f} ms (median), {times[int(len(times) * 0.99)] * 1000:.0f} ms (99 %), "
              f"{times[-1] * 1000:.0f} ms at most")
    for line in views.broken[:20] + failures:
        print(line)
    return 1 if views.broken or failures or not times else 0


if __name__ == "__main__":
    sys.exit(main())
