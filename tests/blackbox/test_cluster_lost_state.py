"""A node comes back with its key but without its metadata: it serves and votes nothing, says so, and is replaced."""

import http.client
import shutil

import clients
from cluster import in_force, rows_of, set_up_cluster, until


def forget(node, key_too: bool = False) -> None:
    """What a new disk does, on which only the key was put back; or not even that."""
    for entry in (node.directory / "meta").iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif key_too or not entry.name.startswith("node_key"):
            entry.unlink()


def says_lost(asked, lost_id: str) -> bool:
    """Whether the lost node is among the failed ones, with what is to be done about it."""
    said = asked.cli("status")
    failed = [row[0] for row in rows_of(said, "FAILED NODES")]
    return lost_id[:16] in failed and f"--replace {lost_id[:16]}" in said


def outcome(node, key: str) -> str:
    return clients.outcome_of(clients.boto(node).get_object, Bucket="my-bucket", Key=key)


def health(node) -> int:
    connection = http.client.HTTPConnection(node.address, 3903, timeout=30)
    connection.request("GET", "/health")
    return connection.getresponse().status


def test_a_node_without_its_metadata_is_replaced(tmp_path):
    with set_up_cluster(tmp_path, sections='\n[admin]\napi_bind_addr = "{ip}:3903"\n') as cluster:
        first, second, lost = cluster.nodes
        bodies = {f"{number}": clients.pattern(size, number) for number, size in enumerate([10, 30_000, 2_000_000])}
        for key, body in bodies.items():
            clients.boto(first).put_object(Bucket="my-bucket", Key=key, Body=body)
        old_id = lost.id()
        lost.stop()
        forget(lost)
        lost.start()
        until(lambda: all(says_lost(node, old_id) for node in cluster.nodes), "all say that the node is lost", 60)
        assert "serves and votes nothing" in lost.log.read_text()
        assert outcome(lost, "0") == "ServiceUnavailable"
        assert health(lost) == 503 and health(first) == 200
        assert outcome(first, "0") == "done" and outcome(second, "2") == "done"
        # One that remembers and one that does not are no quorum: nothing is said to be absent.
        second.stop()
        assert outcome(first, "0") == "ServiceUnavailable"
        assert outcome(first, "never-was") == "ServiceUnavailable"
        second.start()
        until(lambda: outcome(first, "0") == "done", "two that remember are a quorum", 60)

        # It stays so when it is started again, and can have no role.
        lost.stop()
        lost.start()
        assert outcome(lost, "0") == "ServiceUnavailable"
        refused = first.run_cli("layout", "assign", old_id, "-z", "zone3", "-c", "200G")
        assert refused.returncode == 1 and "was revoked" in refused.stderr

        # The way out that all of them name.
        lost.stop()
        forget(lost, key_too=True)
        shutil.rmtree(lost.directory / "data")
        lost.start()
        new_id = lost.id()
        assert new_id != old_id
        cluster.wait_for_all(60)
        first.cli("layout", "assign", new_id, "--replace", old_id, "-z", "zone3", "-c", "100G")
        first.cli("layout", "apply", "--version", "2")
        until(lambda: in_force(first, 2), "the change ends without the lost node", 120)
        until(lambda: outcome(lost, "0") == "done", "the new node serves", 60)
        assert old_id[:16] not in first.cli("status").split("==== FAILED NODES ====")[0]
        second.kill9()
        for node in (first, lost):
            for key, body in bodies.items():
                assert clients.boto(node).get_object(Bucket="my-bucket", Key=key)["Body"].read() == body
        second.start()
