"""Each kind of loss, under load: clients of the other nodes see no error, nothing that was acknowledged is missing, no read goes
backwards."""

import time

import pytest

import clients
from cluster import faults, set_up_cluster, until
from load import Load

FAULT_SECONDS = 6


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with set_up_cluster(tmp_path_factory.mktemp("cluster")) as made:
        yield made


@pytest.mark.parametrize("number, how", list(enumerate(["killed", "frozen", "isolated", "one way", "slow link"])))
def test_a_fault_under_load(cluster, number, how):
    node = cluster.nodes[number % 3]
    break_it, mend = faults(cluster, node)[how]
    clients.boto(cluster.nodes[0]).put_object(Bucket="my-bucket", Key="before", Body=b"x")
    with Load(cluster.nodes, "my-bucket") as load:
        until(lambda: sum(load.done.values()) >= 60, "the load has begun")
        load.avoid(node)
        break_it()
        try:
            before = sum(load.done.values())
            time.sleep(FAULT_SECONDS)
            during = sum(load.done.values()) - before
        finally:
            mend()
        assert during >= 5, f"only {during} requests were answered during the fault"
        cluster.wait_for_all()
        load.use(node)
        before = load.done[node.directory.name]
        until(lambda: load.done[node.directory.name] > before + 5, "the node serves again")
    assert not load.problems, load.problems
    assert not load.errors, load.errors
    load.check_everything()
    assert not load.problems, load.problems
