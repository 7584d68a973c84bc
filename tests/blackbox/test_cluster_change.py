"""The layout changes while clients write and read: a node joins, one goes, one takes another's place. Nothing is lost meanwhile."""

import hashlib
import re

import pytest

import clients
from cluster import in_force, rows_of, set_up_cluster, until
from load import Load


@pytest.fixture
def cluster(tmp_path):
    with set_up_cluster(tmp_path) as made:
        yield made


def test_nodes_come_and_go_under_load(cluster):
    first = cluster.nodes[0]
    with Load(list(cluster.nodes), "my-bucket") as load:
        until(lambda: len(load.acknowledged) >= 20, "the load has begun")
        fourth = cluster.add_node()
        cluster.wait_for_all()
        first.cli("layout", "assign", fourth.id(), "-z", "zone4", "-c", "100G")
        first.cli("layout", "apply", "--version", "2")
        until(lambda: in_force(first, 2), "version 2 is in force", 120)

        leaving = cluster.nodes[1]
        first.cli("layout", "remove", leaving.id())
        first.cli("layout", "apply", "--version", "3")
        until(lambda: in_force(first, 3), "version 3 is in force", 120)
        before = sum(load.done.values())
        until(lambda: sum(load.done.values()) > before + 50, "the load goes on")
    assert not load.problems, load.problems
    assert not load.errors, load.errors
    load.nodes.append(fourth)
    assert load.check_everything() >= 20
    assert not load.problems, load.problems


def test_a_dead_node_is_revoked(cluster):
    first, lost = cluster.nodes[0], cluster.nodes[2]
    spare = cluster.add_node()
    bodies = {f"{number}": clients.pattern(size, number) for number, size in enumerate([10, 30_000, 2_000_000] * 4)}
    for key, body in bodies.items():
        clients.boto(first).put_object(Bucket="my-bucket", Key=key, Body=body)
    cluster.wait_for_all()
    dead = lost.id()
    lost.kill9()
    first.cli("layout", "assign", spare.id(), "-z", "zone3", "-c", "100G", "--replace", dead)
    first.cli("layout", "apply", "--version", "2", "--revoke", dead)
    until(lambda: in_force(first, 2), "the change ends without the dead node", 120)
    for node in (first, cluster.nodes[1], spare):
        for key, body in bodies.items():
            assert clients.boto(node).get_object(Bucket="my-bucket", Key=key)["Body"].read() == body
    # It may come back, and finds no place.
    lost.start()
    until(lambda: "was revoked" in first.cli("status") or "was revoked" in lost.log_tail(200), "the node is turned away")
    # It has not heard of the change, but is told, and says so to whoever asks.
    until(lambda: dead[:16] in [row[0] for row in rows_of(lost.cli("status"), "FAILED NODES")], "it shows itself as revoked")
    assert "it was revoked" in lost.cli("status")
    assert "This node was revoked" in lost.run_cli("key", "create", "no-key").stderr
    assert lost.log.read_text().count("this node was revoked") == 1
    assert len(rows_of(first.cli("status"), "HEALTHY NODES")) == 3


def blocks_used(node) -> int:
    """What the volumes of a node hold, as it says itself."""
    line = next(line for line in node.cli("stats").splitlines() if "bytes in use in volumes:" in line)
    number, unit = line.split(":")[1].split()
    return int(float(number) * {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}[unit])


def disk_used(node) -> int:
    return sum(file.stat().st_blocks * 512 for file in (node.directory / "data").rglob("*") if file.is_file())


def test_a_node_that_leaves_hands_its_blocks_over_and_lets_go(cluster):
    first, leaving = cluster.nodes[0], cluster.nodes[1]
    spare = cluster.add_node()
    bodies = {f"{number}": clients.pattern(3_000_000 + number, number) for number in range(8)}
    for key, body in bodies.items():
        clients.boto(first).put_object(Bucket="my-bucket", Key=key, Body=body)
    cluster.wait_for_all()
    until(lambda: blocks_used(leaving) > 20_000_000, "the node has its copies")
    assert blocks_used(spare) == 0

    first.cli("layout", "assign", spare.id(), "-z", "zone2", "-c", "100G", "--replace", leaving.id())
    first.cli("layout", "apply", "--version", "2")
    until(lambda: in_force(first, 2), "version 2 is in force", 120)
    until(lambda: blocks_used(leaving) == 0, "the node has let go of its blocks", 120)
    until(lambda: disk_used(leaving) < 1_000_000, "its disk has its room back", 60)
    assert blocks_used(spare) > 20_000_000
    leaving.kill9()
    for node in (first, cluster.nodes[2], spare):
        for key, body in bodies.items():
            assert clients.boto(node).get_object(Bucket="my-bucket", Key=key)["Body"].read() == body
    assert "let go of since start" in first.cli("worker", "info", "2")


def objects_counted(node) -> int:
    return int(re.search(r"Objects:\s+(\d+)", node.cli("bucket", "info", "my-bucket"))[1])


def rows_let_go(node) -> int:
    worker = next(line for line in node.cli("worker", "list").splitlines() if "former rows worker" in line).split()[0]
    return int(re.search(r"(\d+) rows let go of since start", node.cli("worker", "info", worker))[1])


def test_nodes_that_a_change_relieves_let_go_of_their_rows(cluster):
    first = cluster.nodes[0]
    fourth = cluster.add_node()
    bodies = {f"{number}": clients.pattern(1000 + number, number) for number in range(60)}
    for key, body in bodies.items():
        clients.boto(first).put_object(Bucket="my-bucket", Key=key, Body=body)
    cluster.wait_for_all()
    until(lambda: objects_counted(first) == 60, "all replicas have counted all objects")
    first.cli("layout", "assign", fourth.id(), "-z", "zone4", "-c", "100G")
    first.cli("layout", "apply", "--version", "2")
    until(lambda: in_force(first, 2), "version 2 is in force", 120)
    until(lambda: sum(rows_let_go(node) for node in cluster.nodes) > 0, "rows are let go of", 120)
    until(lambda: objects_counted(first) == 60, "no object is counted by who keeps it no longer", 120)
    cluster.nodes[1].kill9()
    for node in (first, cluster.nodes[2], fourth):
        for key, body in bodies.items():
            assert clients.boto(node).get_object(Bucket="my-bucket", Key=key)["Body"].read() == body


def test_people_see_and_steer_the_background_work(cluster):
    first, second = cluster.nodes[0], cluster.nodes[1]
    assert "Block resync worker #1" in first.cli("worker", "list")
    assert len(first.cli("worker", "get", "-a").splitlines()) == 6
    first.cli("worker", "set", "-a", "resync-tranquility", "0")
    assert first.cli("worker", "get", "-a", "resync-tranquility").count("resync-tranquility  0") == 3
    refused = first.run_cli("worker", "set", "resync-worker-count", "9")
    assert refused.returncode == 1 and "from 1 to 8" in refused.stderr
    second.stop()
    second.start()
    cluster.wait_for_all()
    assert re.search(r"resync-tranquility +0", second.cli("worker", "get"))

    body = clients.pattern(1_000_000, 7)
    clients.boto(first).put_object(Bucket="my-bucket", Key="k", Body=body)
    digest = hashlib.sha256(body).hexdigest()
    shown = first.cli("block", "info", digest[:10])
    assert digest in shown and "active" in shown and " k" in shown
    assert first.cli("block", "list-errors").splitlines() == ["Hash  RC  Errors  Last error  Next try"]
    assert first.cli("block", "retry-now", "--all").startswith("0 blocks")
    for what in ("tables", "blocks", "block-refs", "block-rc"):
        assert first.cli("repair", "-a", "--yes", what).count("Repair launched") == 3
    unbuilt = first.run_cli("repair", "--yes", "versions")
    assert unbuilt.returncode == 1 and "not built yet" in unbuilt.stderr
    until(lambda: "Busy" not in first.cli("worker", "list"), "the repairs end")
    assert clients.boto(second).get_object(Bucket="my-bucket", Key="k")["Body"].read() == body
    assert "Objects deleted:    1" in first.cli("block", "purge", "--yes", digest)
    assert "resync queue length:" in first.cli("stats", "-a")


def test_a_node_whose_blocks_were_lost_fetches_them(cluster):
    first, lost = cluster.nodes[0], cluster.nodes[2]
    bodies = {f"{number}": clients.pattern(2_000_000, number) for number in range(4)}
    for key, body in bodies.items():
        clients.boto(first).put_object(Bucket="my-bucket", Key=key, Body=body)
    until(lambda: blocks_used(lost) > 7_000_000, "the node has its copies")
    lost.stop()
    for file in (lost.directory / "data").rglob("*"):
        if file.is_file() and file.suffix != ".json" and "marker" not in file.name:
            file.unlink()
    lost.start()
    until(lambda: blocks_used(lost) > 7_000_000, "they are back", 60)
    first.kill9()
    for key, body in bodies.items():
        assert clients.boto(lost).get_object(Bucket="my-bucket", Key=key)["Body"].read() == body
