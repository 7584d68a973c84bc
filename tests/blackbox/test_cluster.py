"""Three nodes in three places: set up as people do it, used from every node, and not hurt by the loss of one."""

import pytest

import clients
from cluster import Cluster, rows_of, until


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    made = Cluster(tmp_path_factory.mktemp("cluster"), nodes=3)
    try:
        first = made.nodes[0]
        status = first.cli("status")
        assert status.count("NO ROLE ASSIGNED") == 3
        for number, node in enumerate(made.nodes, 1):
            first.cli("layout", "assign", node.id()[:8], "-z", f"zone{number}", "-c", "1T", "-t", f"tag{number}")
        assert "931.3 GiB" in first.cli("layout", "show")
        assert "version: 0" in first.cli("layout", "show")
        first.cli("layout", "apply", "--version", "1")
        made.make_key("my-key")
        first.cli("bucket", "create", "my-bucket")
        first.cli("bucket", "allow", "--read", "--write", "--owner", "my-bucket", "--key", "my-key")
        yield made
        made.stop()
    finally:
        made.close()


@pytest.fixture
def s3(cluster):
    return [clients.boto(node) for node in cluster.nodes]


def test_every_node_tells_the_same(cluster):
    for node in cluster.nodes:
        healthy = rows_of(node.cli("status"), "HEALTHY NODES")
        assert sorted(row[4] for row in healthy) == ["zone1", "zone2", "zone3"], healthy
        assert {row[5] for row in healthy} == {"931.3 GiB"}
        assert sorted(row[0] for row in healthy) == sorted(one.id()[:16] for one in cluster.nodes)
        assert "my-bucket" in node.cli("bucket", "list")
        assert "my-key" in node.cli("key", "list")


@pytest.mark.parametrize("size", [0, 100, 16_384, 16_385, 1 << 20, 3_000_001])
def test_what_one_node_takes_all_give(s3, size):
    for writer, client in enumerate(s3):
        body, key = clients.pattern(size, f"{size}/{writer}"), f"size-{size}/{writer}"
        client.put_object(Bucket="my-bucket", Key=key, Body=body)
        for reader in s3:
            assert reader.get_object(Bucket="my-bucket", Key=key)["Body"].read() == body
    listings = [[one["Key"] for one in reader.list_objects_v2(Bucket="my-bucket", Prefix=f"size-{size}/")["Contents"]]
                for reader in s3]
    assert listings == [[f"size-{size}/{writer}" for writer in range(3)]] * 3


def test_an_upload_goes_through_all_nodes(s3):
    upload = s3[0].create_multipart_upload(Bucket="my-bucket", Key="parts")["UploadId"]
    bodies = [clients.pattern(5_500_000, f"part {number}") for number in range(3)]
    parts = []
    for number, (client, body) in enumerate(zip(s3, bodies), 1):
        tag = client.upload_part(Bucket="my-bucket", Key="parts", UploadId=upload, PartNumber=number, Body=body)["ETag"]
        parts.append({"PartNumber": number, "ETag": tag})
    for client in s3:
        listed = client.list_parts(Bucket="my-bucket", Key="parts", UploadId=upload)["Parts"]
        assert [(part["PartNumber"], part["ETag"]) for part in listed] == [(p["PartNumber"], p["ETag"]) for p in parts]
        uploads = client.list_multipart_uploads(Bucket="my-bucket", Prefix="parts")["Uploads"]
        assert [one["UploadId"] for one in uploads] == [upload]
    s3[2].complete_multipart_upload(Bucket="my-bucket", Key="parts", UploadId=upload, MultipartUpload={"Parts": parts})
    s3[1].copy_object(Bucket="my-bucket", Key="parts-copy", CopySource="my-bucket/parts")
    for client in s3:
        for key in ("parts", "parts-copy"):
            assert client.get_object(Bucket="my-bucket", Key=key)["Body"].read() == b"".join(bodies)
        with clients.refused("NoSuchUpload", 404):
            client.list_parts(Bucket="my-bucket", Key="parts", UploadId=upload)


def test_what_is_deleted_is_gone_everywhere(s3):
    for number in range(30):
        s3[number % 3].put_object(Bucket="my-bucket", Key=f"gone/{number:02}", Body=b"x" * number)
    s3[0].delete_objects(Bucket="my-bucket", Delete={"Objects": [{"Key": f"gone/{n:02}"} for n in range(20)]})
    for number in range(20, 29):
        s3[number % 3].delete_object(Bucket="my-bucket", Key=f"gone/{number:02}")
    for client in s3:
        left = client.list_objects_v2(Bucket="my-bucket", Prefix="gone/")["Contents"]
        assert [one["Key"] for one in left] == ["gone/29"]
        with clients.refused("NoSuchKey", 404):
            client.get_object(Bucket="my-bucket", Key="gone/03")


def test_conditions_have_one_winner_in_the_whole_cluster(s3):
    for attempt in range(10):
        outcomes = clients.in_parallel([lambda client=client, number=number: clients.outcome_of(
            client.put_object, Bucket="my-bucket", Key=f"contested/{attempt}", Body=f"writer {number}".encode(),
            IfNoneMatch="*") for number, client in enumerate(s3 * 4)])
        assert outcomes.count("done") == 1, outcomes
        assert set(outcomes) <= {"done", "PreconditionFailed", "ConditionalRequestConflict"}, outcomes


def test_restic_against_any_node(cluster, tmp_path):
    here = tmp_path / "here"
    here.mkdir()
    tree = clients.make_tree(here)

    def restic(node, *arguments, **options):
        environment = clients.aws_environment(node) | {
            "RESTIC_REPOSITORY": f"s3:{node.endpoint}/my-bucket/restic", "RESTIC_PASSWORD": "not a secret",
            "RESTIC_CACHE_DIR": str(tmp_path / "cache")}
        return clients.run(clients.program("restic"), "-o", "s3.bucket-lookup=path", *arguments,
                           environment=environment, **options)

    restic(cluster.nodes[0], "init")
    restic(cluster.nodes[1], "backup", ".", cwd=here)
    restic(cluster.nodes[2], "check", "--read-data")
    restic(cluster.nodes[0], "restore", "latest", "--target", tmp_path / "there")
    assert clients.tree_of(tmp_path / "there") == tree


def test_what_makes_no_sense_is_refused(cluster):
    first = cluster.nodes[0]
    before = first.cli("layout", "show")
    for arguments, words in [
        (["layout", "assign", first.id(), "-z", "a", "-c", "1000"], ["'1000'", "unit"]),
        (["layout", "assign", first.id(), "-z", "a", "-c", "1X"], ["'1X'", "unknown unit"]),
        (["layout", "assign", "zzz", "-z", "a", "-c", "1T"], ["0 nodes match 'zzz'"]),
        (["layout", "config", "-r", "7"], ["between 1 and the replication factor (3)"]),
        (["layout", "config", "-r", "foo"], ["invalid zone redundancy 'foo'"]),
        (["layout", "apply", "--version", "7"], ["current version is 1"]),
        (["layout", "apply"], ["pass the new layout version number"]),
        (["node", "connect", "nobody"], ["'nobody'", "<id>@<host>:<port>"]),
    ]:
        done = first.run_cli(*arguments)
        assert done.returncode == 1, arguments
        assert all(word in done.stderr for word in words), done.stderr
    assert first.cli("layout", "show") == before

    # One node less cannot keep three copies.
    first.cli("layout", "remove", cluster.nodes[2].id())
    done = first.run_cli("layout", "apply", "--version", "2")
    assert done.returncode == 1 and "smaller than the replication factor (3)" in done.stderr, done.stderr
    first.cli("layout", "revert", "--yes")
    assert first.cli("layout", "show") == before


def test_strangers_stay_outside(cluster):
    """Another secret, another replication factor: refused, and said at both ends."""
    first, stranger = cluster.nodes[0], cluster.add_stranger(rpc_secret="ab" * 32, replication_factor=3)
    name = f"{stranger.id()}@{stranger.address}:3901"
    done = first.run_cli("node", "connect", name)
    assert done.returncode == 1 and "secret" in done.stdout + done.stderr, done.stdout + done.stderr
    stranger.stop()
    stranger.configure(rpc_secret=cluster.rpc_secret, replication_factor=2, bootstrap_peers="")
    stranger.start()
    done = first.run_cli("node", "connect", name)
    assert done.returncode == 1 and "replication factor" in done.stdout + done.stderr, done.stdout + done.stderr
    stranger.stop()
    assert len(rows_of(first.cli("status"), "HEALTHY NODES")) == 3


@pytest.mark.parametrize("how", ["killed", "frozen", "isolated"])
def test_one_node_is_not_missed(cluster, s3, how):
    lost = {"killed": 0, "frozen": 1, "isolated": 2}[how]
    node, others = cluster.nodes[lost], [client for number, client in enumerate(s3) if number != lost]
    before = clients.pattern(300_000, f"before {how}")
    s3[lost].put_object(Bucket="my-bucket", Key=f"{how}/before", Body=before)
    {"killed": node.kill9, "frozen": node.freeze, "isolated": lambda: cluster.network.isolate(node.space)}[how]()
    bodies = {}
    try:
        for number in range(12):
            size = [100, 20_000, 1_500_000][number % 3]
            bodies[f"{how}/{number}"] = clients.pattern(size, f"{how} {number}")
            others[number % 2].put_object(Bucket="my-bucket", Key=f"{how}/{number}", Body=bodies[f"{how}/{number}"])
        for client in others:
            for key, body in bodies.items():
                assert client.get_object(Bucket="my-bucket", Key=key)["Body"].read() == body
            assert client.get_object(Bucket="my-bucket", Key=f"{how}/before")["Body"].read() == before
            assert client.list_objects_v2(Bucket="my-bucket", Prefix=f"{how}/")["KeyCount"] == 13
        if how != "frozen":
            witness = cluster.nodes[(lost + 1) % 3]
            until(lambda: node.id()[:16] in [row[0] for row in rows_of(witness.cli("status"), "FAILED NODES")]
                  if how == "killed" else len(rows_of(witness.cli("status"), "FAILED NODES")) == 1, "the loss is shown")
    finally:
        {"killed": node.start, "frozen": node.thaw, "isolated": lambda: cluster.network.join(node.space)}[how]()
    cluster.wait_for_all()
    for key, body in bodies.items():
        assert s3[lost].get_object(Bucket="my-bucket", Key=key)["Body"].read() == body
