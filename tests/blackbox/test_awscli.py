"""The AWS command line: copies, synchronisation, presigned URLs, and one large multipart upload."""

import json
import urllib.request

import pytest

import clients

LARGE_BYTES = 1 << 30


@pytest.fixture
def aws(server, tmp_path):
    environment = clients.aws_environment(server) | {"HOME": str(tmp_path), "AWS_PAGER": ""}

    def run(*arguments, **options) -> str:
        return clients.run(clients.program("aws"), "--endpoint-url", server.endpoint, *arguments,
                           environment=environment, **options)

    return run


def test_cp_there_and_back(aws, bucket, payload, tmp_path):
    aws("s3", "cp", payload, f"s3://{bucket}/dir/payload.bin")
    aws("s3", "cp", f"s3://{bucket}/dir/payload.bin", tmp_path / "back")
    assert clients.sha256_of(tmp_path / "back") == clients.sha256_of(payload)
    head = json.loads(aws("s3api", "head-object", "--bucket", bucket, "--key", "dir/payload.bin"))
    assert head["ContentLength"] == payload.stat().st_size
    assert head["ETag"].endswith('-3"')  # 8 MiB parts: it was a multipart upload


def test_cp_of_a_small_file_and_between_keys(aws, bucket, tmp_path):
    (tmp_path / "small").write_bytes(b"small")
    aws("s3", "cp", tmp_path / "small", f"s3://{bucket}/small", "--content-type", "text/x-small", "--metadata", "a=b")
    aws("s3", "cp", f"s3://{bucket}/small", f"s3://{bucket}/copy")
    head = json.loads(aws("s3api", "head-object", "--bucket", bucket, "--key", "copy"))
    assert (head["ContentType"], head["Metadata"]) == ("text/x-small", {"a": "b"})


def test_sync_both_ways(aws, bucket, tmp_path):
    here, back = tmp_path / "here", tmp_path / "back"
    here.mkdir()
    tree = clients.make_tree(here)
    aws("s3", "sync", here, f"s3://{bucket}/tree")
    assert aws("s3", "sync", here, f"s3://{bucket}/tree") == ""  # nothing left to do
    aws("s3", "sync", f"s3://{bucket}/tree", back)
    assert clients.tree_of(back) == tree

    (here / "small.txt").unlink()
    aws("s3", "sync", "--delete", here, f"s3://{bucket}/tree")
    listed = aws("s3", "ls", "--recursive", f"s3://{bucket}/tree/").splitlines()
    assert len(listed) == len(tree) - 1


def test_mv(aws, bucket, tmp_path):
    (tmp_path / "file").write_bytes(b"moving")
    aws("s3", "mv", tmp_path / "file", f"s3://{bucket}/a")
    assert not (tmp_path / "file").exists()
    aws("s3", "mv", f"s3://{bucket}/a", f"s3://{bucket}/b")
    assert [line.split()[-1] for line in aws("s3", "ls", f"s3://{bucket}/").splitlines()] == ["b"]
    aws("s3", "mv", f"s3://{bucket}/b", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == b"moving"
    assert aws("s3", "ls", f"s3://{bucket}/", expect=0) == ""


def test_rb_force(aws, bucket, tmp_path):
    here = tmp_path / "here"
    here.mkdir()
    clients.make_tree(here)
    aws("s3", "cp", "--recursive", here, f"s3://{bucket}/")
    aws("s3", "rb", f"s3://{bucket}", expect=1)  # not empty
    aws("s3", "rb", "--force", f"s3://{bucket}")
    assert bucket not in aws("s3", "ls")


def test_presign(aws, bucket, tmp_path):
    (tmp_path / "file").write_bytes(b"for everybody with the link")
    aws("s3", "cp", tmp_path / "file", f"s3://{bucket}/with space & more.txt")
    url = aws("s3", "presign", f"s3://{bucket}/with space & more.txt", "--expires-in", "60").strip()
    with urllib.request.urlopen(url, timeout=30) as answer:
        assert answer.read() == b"for everybody with the link"
    assert clients.run(clients.program("curl"), "-sf", url) == "for everybody with the link"


def test_multipart_of_one_gibibyte(aws, bucket, tmp_path):
    big = tmp_path / "big"
    clients.write_pattern(big, LARGE_BYTES, seed="big")
    expected = clients.sha256_of(big)
    aws("s3", "cp", "--only-show-errors", big, f"s3://{bucket}/big")
    big.unlink()
    head = json.loads(aws("s3api", "head-object", "--bucket", bucket, "--key", "big"))
    assert head["ContentLength"] == LARGE_BYTES
    aws("s3", "cp", "--only-show-errors", f"s3://{bucket}/big", tmp_path / "back")
    assert clients.sha256_of(tmp_path / "back") == expected
    (tmp_path / "back").unlink()
    aws("s3", "rm", f"s3://{bucket}/big")
