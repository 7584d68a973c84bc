"""s3cmd, which signs and encodes in ways of its own."""

import pytest

import clients

CONFIG = """\
[default]
access_key = {access_key}
secret_key = {secret_key}
host_base = 127.0.0.1:{port}
host_bucket = 127.0.0.1:{port}
bucket_location = {region}
use_https = False
multipart_chunk_size_mb = 5
"""


@pytest.fixture
def s3cmd(server, tmp_path):
    config = tmp_path / "s3cfg"
    config.write_text(CONFIG.format(access_key=server.access_key, secret_key=server.secret_key, port=server.s3_port,
                                    region=server.region))

    def run(*arguments, **options) -> str:
        return clients.run(clients.program("s3cmd"), "-c", config, "--no-progress", *arguments, **options)

    return run


def test_put_get_ls_del(s3cmd, bucket, payload, tmp_path):
    s3cmd("put", payload, f"s3://{bucket}/payload.bin")  # above 15 MB: multipart
    s3cmd("get", f"s3://{bucket}/payload.bin", tmp_path / "back")
    assert clients.sha256_of(tmp_path / "back") == clients.sha256_of(payload)
    listed = s3cmd("ls", f"s3://{bucket}/")
    assert str(payload.stat().st_size) in listed and f"s3://{bucket}/payload.bin" in listed
    assert "MD5 sum" in s3cmd("info", f"s3://{bucket}/payload.bin")
    s3cmd("del", f"s3://{bucket}/payload.bin")
    assert s3cmd("ls", f"s3://{bucket}/") == ""


def test_sync_and_recursive_delete(s3cmd, bucket, tmp_path):
    here, back = tmp_path / "here", tmp_path / "back"
    here.mkdir(), back.mkdir()
    tree = clients.make_tree(here)
    s3cmd("sync", f"{here}/", f"s3://{bucket}/tree/")
    assert "upload:" not in s3cmd("sync", f"{here}/", f"s3://{bucket}/tree/")  # nothing left to do
    s3cmd("sync", f"s3://{bucket}/tree/", f"{back}/")
    assert clients.tree_of(back) == tree
    assert len(s3cmd("ls", "--recursive", f"s3://{bucket}/").splitlines()) == len(tree)
    s3cmd("del", "--recursive", "--force", f"s3://{bucket}/tree/")
    assert s3cmd("ls", "--recursive", f"s3://{bucket}/") == ""


def test_buckets_copies_and_moves(s3cmd, bucket, tmp_path):
    (tmp_path / "file").write_bytes(b"some text")
    s3cmd("mb", f"s3://{bucket}-new")
    s3cmd("put", tmp_path / "file", f"s3://{bucket}-new/a")
    s3cmd("cp", f"s3://{bucket}-new/a", f"s3://{bucket}/b")
    s3cmd("mv", f"s3://{bucket}/b", f"s3://{bucket}/c")
    s3cmd("get", f"s3://{bucket}/c", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == b"some text"
    s3cmd("rb", "--recursive", "--force", f"s3://{bucket}-new")
    assert f"{bucket}-new" not in s3cmd("ls")
