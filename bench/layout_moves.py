#!/usr/bin/env python3
"""What a layout change moves: layout_moves.py [OBJECTS]

Starts four nodes in network namespaces (needs root, boto3, iproute2 and GARAGE_BINARY or build/release/garage), of which three store
OBJECTS objects of one block each, and changes the layout four times: a node more, more capacity, another zone, a node less. For each
change it prints how many copies of rows and blocks were transferred, against the least that can be: the copies of partitions that are
new to a node (as `layout show` tells) times what a partition holds on average. So the least is known to a few in a hundred only. At the
end every object is read through every node."""

import concurrent.futures
import pathlib
import re
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "blackbox"))

import clients  # noqa: E402
from cluster import in_force, set_up_cluster, until  # noqa: E402
from metrics_page import scrape, series  # noqa: E402

PARTITIONS = 2048
BODY_BYTES = 20_000
SECTIONS = """
[admin]
api_bind_addr = "{ip}:3903"
"""
# Of the object table: how often a row changed on a node, by whatever way. Of blocks: given to others, and fetched from them.
ROWS = 'table_internal_update_counter{table_name="object"}'
BLOCKS = ("block_resync_send_counter", "block_resync_recv_counter")


def counted(cluster) -> tuple[float, float]:
    """Row copies and block copies that reached a node, over all nodes, since their starts."""
    seen = [one for node in cluster.nodes for one in series(scrape(node.address)).items()]
    return sum(value for name, value in seen if name == ROWS), sum(value for name, value in seen if name.startswith(BLOCKS))


def at_rest(cluster) -> bool:
    before = counted(cluster)
    time.sleep(5)
    return counted(cluster) == before


def change(cluster, name: str, version: int, objects: int, *assignments: tuple[str, ...]) -> None:
    first = cluster.nodes[0]
    for words in assignments:
        first.cli("layout", *words)
    new_copies = sum(int(one) for one in re.findall(r"\((\d+) new\)", first.cli("layout", "show")))
    rows, blocks = counted(cluster)
    began = time.monotonic()
    first.cli("layout", "apply", "--version", str(version))
    until(lambda: in_force(first, version), "the version is in force", 600)
    change_seconds = time.monotonic() - began
    until(lambda: at_rest(cluster), "all is moved", 600)
    least = new_copies / PARTITIONS * objects
    rows_now, blocks_now = counted(cluster)
    print(f"{name:<22} in force after {change_seconds:5.1f} s; partition copies that move {new_copies:>5}; least {least:>7.0f}; "
          f"rows {rows_now - rows:>7.0f}{ratio(rows_now - rows, least)}; blocks {blocks_now - blocks:>7.0f}"
          f"{ratio(blocks_now - blocks, least)}", flush=True)


def ratio(moved: float, least: float) -> str:
    return f" (x{moved / least:.2f})" if least else ""


def main() -> None:
    objects = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    with tempfile.TemporaryDirectory() as directory, set_up_cluster(pathlib.Path(directory) / "c", sections=SECTIONS) as cluster:
        cluster.add_node()
        cluster.wait_for_all()
        s3 = clients.boto(cluster.nodes[0])

        def put(number: int) -> None:
            s3.put_object(Bucket="my-bucket", Key=str(number), Body=clients.pattern(BODY_BYTES, number))

        with concurrent.futures.ThreadPoolExecutor(8) as threads:
            list(threads.map(put, range(objects)))
        until(lambda: at_rest(cluster), "all is written", 600)
        ids = [node.id() for node in cluster.nodes]
        change(cluster, "a node more", 2, objects, ("assign", ids[3], "-z", "zone4", "-c", "100G"))
        change(cluster, "twice the capacity", 3, objects, ("assign", ids[3], "-c", "200G"))
        change(cluster, "another zone", 4, objects, ("assign", ids[3], "-z", "zone2"))
        change(cluster, "a node less", 5, objects, ("remove", ids[0]))

        for node in cluster.nodes:
            theirs = clients.boto(node)
            for number in range(objects):
                body = theirs.get_object(Bucket="my-bucket", Key=str(number))["Body"].read()
                assert body == clients.pattern(BODY_BYTES, number), number
        print(f"{objects} objects read through {len(cluster.nodes)} nodes")


if __name__ == "__main__":
    main()
