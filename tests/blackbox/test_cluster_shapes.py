"""Clusters of other shapes: five unequal nodes in two places, five copies, two nodes with two copies or one, weaker modes."""

import clients
from cluster import in_force, rows_of, set_up_cluster, until


def fill(cluster) -> dict[str, bytes]:
    bodies = {}
    for number in range(24):
        key, size = f"{number:02}", [0, 500, 40_000, 2_500_000][number % 4]
        bodies[key] = clients.pattern(size, key)
        clients.boto(cluster.nodes[number % len(cluster.nodes)]).put_object(Bucket="my-bucket", Key=key, Body=bodies[key])
    return bodies


def check(nodes, bodies: dict[str, bytes]) -> None:
    for node in nodes:
        s3 = clients.boto(node)
        assert [one["Key"] for one in s3.list_objects_v2(Bucket="my-bucket")["Contents"]] == sorted(bodies)
        for key, body in bodies.items():
            assert s3.get_object(Bucket="my-bucket", Key=key)["Body"].read() == body


def wait_until_known(nodes, bodies: dict[str, bytes]) -> None:
    for node in nodes:
        s3 = clients.boto(node)
        until(lambda s3=s3: all(clients.outcome_of(s3.head_object, Bucket="my-bucket", Key=key) == "done" for key in bodies),
              f"{node.directory.name} has heard of everything")


def test_five_unequal_nodes_in_two_places(tmp_path):
    roles = [("paris", "2T"), ("paris", "1T"), ("lyon", "1T"), ("lyon", "500G"), ("lyon", "500G")]
    with set_up_cluster(tmp_path, roles, replication_factor=3) as cluster:
        shown = rows_of(cluster.nodes[3].cli("layout", "show"), "CURRENT CLUSTER LAYOUT")
        assert sorted(row[3] for row in shown if row[2] in ("paris", "lyon")) == [
            "1.8 TiB", "465.7 GiB", "465.7 GiB", "931.3 GiB", "931.3 GiB"]
        bodies = fill(cluster)
        check(cluster.nodes, bodies)
        cluster.nodes[2].kill9()
        check(cluster.nodes[:2] + cluster.nodes[3:], bodies)
        cluster.nodes[2].start()


def test_two_copies_on_two_nodes(tmp_path):
    with set_up_cluster(tmp_path, [("a", "1T"), ("b", "1T")], replication_factor=2) as cluster:
        bodies = fill(cluster)
        check(cluster.nodes, bodies)
        cluster.nodes[1].kill9()
        # What was acknowledged lies on both; what is new would not.
        check(cluster.nodes[:1], bodies)
        with clients.refused("ServiceUnavailable", 503):
            clients.boto(cluster.nodes[0]).put_object(Bucket="my-bucket", Key="new", Body=b"x")
        cluster.nodes[1].start()
        until(lambda: clients.outcome_of(clients.boto(cluster.nodes[0]).put_object, Bucket="my-bucket", Key="zz",
                                         Body=b"x") == "done", "writes go on")
        check(cluster.nodes, bodies | {"zz": b"x"})


def test_one_of_two_copies_is_replaced(tmp_path):
    with set_up_cluster(tmp_path, [("a", "1T"), ("b", "1T")], replication_factor=2) as cluster:
        first, lost = cluster.nodes
        bodies = fill(cluster)
        spare = cluster.add_node()
        cluster.wait_for_all()
        dead = lost.id()
        lost.kill9()
        first.cli("layout", "assign", spare.id(), "-z", "c", "-c", "1T", "--replace", dead)
        assert "refused for ever" in first.cli("layout", "apply", "--version", "2", "--revoke", dead)
        until(lambda: in_force(first, 2), "the change ends without the dead node", 120)
        check([first, spare], bodies)
        clients.boto(spare, retries=3).put_object(Bucket="my-bucket", Key="zz", Body=b"x")
        check([first, spare], bodies | {"zz": b"x"})


def test_one_copy_on_two_nodes(tmp_path):
    with set_up_cluster(tmp_path, [("a", "1T"), ("a", "3T")], replication_factor=1) as cluster:
        check(cluster.nodes, fill(cluster))


def test_one_copy_and_a_node_that_never_came(tmp_path):
    with set_up_cluster(tmp_path, [("a", "1T"), ("a", "1T")], replication_factor=1) as cluster:
        first = cluster.nodes[0]
        bodies = fill(cluster)
        ghost = cluster.add_node()
        cluster.wait_for_all()
        dead = ghost.id()
        first.cli("layout", "assign", dead, "-z", "a", "-c", "1T")
        ghost.kill9()
        first.cli("layout", "apply", "--version", "2")
        check(cluster.nodes[:2], bodies)
        first.cli("layout", "remove", dead)
        first.cli("layout", "apply", "--version", "3", "--revoke", dead, "--allow-missing-data")
        until(lambda: in_force(first, 3), "the change ends without the dead node", 120)
        check(cluster.nodes[:2], bodies)
        for number in range(20):
            bodies[f"z{number:02}"] = b"after"
            clients.boto(first, retries=3).put_object(Bucket="my-bucket", Key=f"z{number:02}", Body=b"after")
        check(cluster.nodes[:2], bodies)


def test_five_copies_bear_the_loss_of_two(tmp_path):
    with set_up_cluster(tmp_path, 5, replication_factor=5) as cluster:
        bodies = fill(cluster)
        check(cluster.nodes, bodies)
        for node in cluster.nodes[3:]:
            node.kill9()
        for number, node in enumerate(cluster.nodes[:3]):
            bodies[f"late{number}"] = clients.pattern(2_000_000, f"late{number}")
            clients.boto(node, retries=3).put_object(Bucket="my-bucket", Key=f"late{number}", Body=bodies[f"late{number}"])
        check(cluster.nodes[:3], bodies)
        cluster.nodes[2].kill9()  # a third one is too much
        with clients.refused("ServiceUnavailable", 503):
            clients.boto(cluster.nodes[0]).put_object(Bucket="my-bucket", Key="new", Body=b"x")
        with clients.refused("ServiceUnavailable", 503):
            clients.boto(cluster.nodes[0]).get_object(Bucket="my-bucket", Key="00")
        for node in cluster.nodes[2:]:
            node.start()
        cluster.wait_for_all()
        # A write that was refused may have come through all the same.
        clients.boto(cluster.nodes[4], retries=3).delete_object(Bucket="my-bucket", Key="new")
        check(cluster.nodes, bodies)


def test_degraded_mode_reads_one_copy(tmp_path):
    with set_up_cluster(tmp_path, 3, top='consistency_mode = "degraded"') as cluster:
        bodies = fill(cluster)
        for node in cluster.nodes[1:]:
            node.kill9()
        check(cluster.nodes[:1], bodies)
        with clients.refused("ServiceUnavailable", 503):
            clients.boto(cluster.nodes[0]).put_object(Bucket="my-bucket", Key="new", Body=b"x")
        for node in cluster.nodes[1:]:
            node.start()
        clients.boto(cluster.nodes[1], retries=3).delete_object(Bucket="my-bucket", Key="new")
        check(cluster.nodes, bodies)


def test_dangerous_mode_writes_one_copy(tmp_path):
    with set_up_cluster(tmp_path, 3, top='consistency_mode = "dangerous"') as cluster:
        bodies = fill(cluster)
        # One copy is all that was promised: who is killed before the others have heard takes it along.
        wait_until_known(cluster.nodes, bodies)
        for node in cluster.nodes[1:]:
            node.kill9()
        check(cluster.nodes[:1], bodies)
        for key, size in (("alone", 900), ("alone-large", 2_500_000)):
            bodies[key] = clients.pattern(size, key)
            clients.boto(cluster.nodes[0], retries=3).put_object(Bucket="my-bucket", Key=key, Body=bodies[key])
        check(cluster.nodes[:1], bodies)
        for node in cluster.nodes[1:]:
            node.start()
        # The others hear of it by hints, not at once.
        wait_until_known(cluster.nodes[1:], bodies)
        check(cluster.nodes, bodies)
