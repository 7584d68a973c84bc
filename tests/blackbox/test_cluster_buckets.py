"""Buckets of three nodes: deleted while others write into them, and asked for where too few nodes are left to know."""

import threading

import pytest

import clients
from cluster import set_up_cluster, until

ROUNDS, WRITERS = 12, 4


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with set_up_cluster(tmp_path_factory.mktemp("buckets")) as made:
        made.nodes[0].cli("key", "allow", "--create-bucket", "test-key")
        yield made


def race(s3, bucket: str) -> tuple[str, list[str]]:
    """One deletes the bucket while others put a key each, through all nodes: what each of them was told."""
    start = threading.Barrier(WRITERS + 1)

    def remove():
        start.wait()
        return clients.outcome_of(s3[2].delete_bucket, Bucket=bucket)

    def put(number):
        start.wait()
        return clients.outcome_of(s3[number % 3].put_object, Bucket=bucket, Key=f"k{number}", Body=b"some bytes")

    removed, *stored = clients.in_parallel([remove] + [lambda number=number: put(number) for number in range(WRITERS)])
    return removed, stored


def test_what_is_acknowledged_keeps_its_bucket(cluster):
    s3 = [clients.boto(node) for node in cluster.nodes]
    for number in range(ROUNDS):
        bucket = f"race-{number:03}"
        s3[number % 3].create_bucket(Bucket=bucket)
        removed, stored = race(s3, bucket)
        assert removed in ("done", "BucketNotEmpty", "OperationAborted", "ServiceUnavailable"), removed
        assert set(stored) <= {"done", "NoSuchBucket", "ServiceUnavailable"}, stored
        keys = [f"k{place}" for place, outcome in enumerate(stored) if outcome == "done"]
        if removed == "done":
            assert not keys, f"{bucket} was deleted with {keys}"
            with clients.refused("NoSuchBucket", 404):
                s3[0].list_objects_v2(Bucket=bucket)
            continue
        for client in s3:
            for key in keys:
                assert client.get_object(Bucket=bucket, Key=key)["Body"].read() == b"some bytes"
            until(lambda: clients.outcome_of(client.put_object, Bucket=bucket, Key="late", Body=b"x") == "done",
                  f"{bucket} takes objects again")


def test_an_empty_bucket_goes_and_its_name_is_free(cluster):
    s3 = [clients.boto(node) for node in cluster.nodes]
    s3[0].create_bucket(Bucket="calm")
    s3[1].put_object(Bucket="calm", Key="k", Body=b"x")
    with clients.refused("BucketNotEmpty", 409):
        s3[2].delete_bucket(Bucket="calm")
    s3[2].put_object(Bucket="calm", Key="k", Body=b"y")
    s3[1].delete_object(Bucket="calm", Key="k")
    s3[2].delete_bucket(Bucket="calm")
    with clients.refused("NoSuchBucket", 404):
        s3[1].put_object(Bucket="calm", Key="k", Body=b"x")
    s3[0].create_bucket(Bucket="calm")
    s3[1].put_object(Bucket="calm", Key="k", Body=b"z")
    assert s3[2].get_object(Bucket="calm", Key="k")["Body"].read() == b"z"


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
