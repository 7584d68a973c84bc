#!/usr/bin/env python3
"""How long requests take while one of three nodes is lost: fault_latency.py [SECONDS] [THREADS]

Starts three nodes in network namespaces (needs root, boto3, iproute2 and GARAGE_BINARY or build/release/garage), lets clients read and
write through all of them for SECONDS, then breaks each node in turn in each way and goes on for SECONDS through the other two. Prints
median and 99th percentile of what began 2 s or more after the fault, and their ratio to the quiet time before. What was answered is
checked as in the tests."""

import pathlib
import statistics
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "blackbox"))

from cluster import faults, set_up_cluster  # noqa: E402
from load import Load  # noqa: E402

SETTLED_SECONDS = 2


def percentiles(load, since: float, operation: str) -> tuple[int, float, float]:
    """Count, median and 99th percentile in milliseconds."""
    times = sorted(1000 * seconds for began, _, kind, seconds in load.times if began >= since and kind == operation)
    return len(times), statistics.median(times), times[min(len(times) - 1, len(times) * 99 // 100)]


def line(name: str, load, since: float, quiet: dict | None) -> dict:
    found = {operation: percentiles(load, since, operation) for operation in ("GET", "PUT")}
    text = f"{name:<22}"
    for operation, (count, median, p99) in found.items():
        ratio = f" x{p99 / quiet[operation][2]:.1f}" if quiet else ""
        text += f"  {operation} {count:>5} p50 {median:7.1f} ms p99 {p99:7.1f} ms{ratio}"
    print(text, "errors:", sum(load.errors.values()), flush=True)
    return found


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20
    threads = int(sys.argv[2]) if len(sys.argv) > 2 else 6
    with tempfile.TemporaryDirectory() as directory, set_up_cluster(pathlib.Path(directory) / "c") as cluster:
        for number, node in enumerate(cluster.nodes):
            for how, (break_it, mend) in faults(cluster, node).items():
                with Load(cluster.nodes, "my-bucket", threads) as load:
                    # Quiet with the same two nodes as during the fault, so that like is compared with like.
                    load.avoid(node)
                    time.sleep(SETTLED_SECONDS)
                    quiet_since = time.monotonic()
                    time.sleep(seconds)
                    quiet = line("quiet", load, quiet_since, None)
                    broken = time.monotonic()
                    break_it()
                    try:
                        time.sleep(seconds + SETTLED_SECONDS)
                    finally:
                        mend()
                    line(f"node {number + 1} {how}", load, broken + SETTLED_SECONDS, quiet)
                    cluster.wait_for_all(60)
                assert not load.problems, load.problems


if __name__ == "__main__":
    main()
