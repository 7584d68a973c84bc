"""Buckets of three nodes: asked for where too few nodes are left to know."""

import pytest

import clients
from cluster import set_up_cluster


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with set_up_cluster(tmp_path_factory.mktemp("buckets")) as made:
        yield made


def test_who_cannot_ask_does_not_say_that_there_is_none(cluster):
    s3 = clients.boto(cluster.nodes[0])
    with clients.refused("NoSuchBucket", 404):
        s3.list_objects_v2(Bucket="never-was")
    for node in cluster.nodes[1:]:
        node.kill9()
    with clients.refused("ServiceUnavailable", 503):
        s3.list_objects_v2(Bucket="never-was")
    for node in cluster.nodes[1:]:
        node.start()
    cluster.wait_for_all()
