"""The layout changes while clients write and read: a node joins, one goes, one takes another's place. Nothing is lost meanwhile."""

import pytest

import clients
from cluster import rows_of, set_up_cluster, until
from load import Load


@pytest.fixture
def cluster(tmp_path):
    with set_up_cluster(tmp_path) as made:
        yield made


def in_force(node, version: int) -> bool:
    said = node.cli("layout", "history")
    return f"#{version}" in said and "stable state" in said and f"#{version + 1}" not in said


def test_nodes_come_and_go_under_load(cluster):
    first = cluster.nodes[0]
    with Load(list(cluster.nodes), "my-bucket") as load:
        until(lambda: len(load.acknowledged) >= 20, "the load has begun")
        fourth = cluster.add_node()
        fourth.access_key, fourth.secret_key = first.access_key, first.secret_key
        until(lambda: len(rows_of(first.cli("status"), "HEALTHY NODES")) == 4, "the fourth node is seen")
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
    until(lambda: len(rows_of(first.cli("status"), "HEALTHY NODES")) == 4, "the spare node is seen")
    dead = lost.id()
    lost.kill9()
    first.cli("layout", "assign", spare.id(), "-z", "zone3", "-c", "100G", "--replace", dead)
    first.cli("layout", "apply", "--version", "2", "--revoke", dead)
    until(lambda: in_force(first, 2), "the change ends without the dead node", 120)
    spare.access_key, spare.secret_key = first.access_key, first.secret_key
    for node in (first, cluster.nodes[1], spare):
        for key, body in bodies.items():
            assert clients.boto(node).get_object(Bucket="my-bucket", Key=key)["Body"].read() == body
    # It may come back, and finds no place.
    lost.start()
    until(lambda: "was revoked" in first.cli("status") or "was revoked" in lost.log_tail(200), "the node is turned away")
    assert len(rows_of(first.cli("status"), "HEALTHY NODES")) == 3
