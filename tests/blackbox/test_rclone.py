"""rclone: synchronise, let it compare checksums, and copy back."""

import pytest

import clients


@pytest.fixture
def rclone(server, tmp_path):
    environment = {"RCLONE_CONFIG": str(tmp_path / "none.conf"), "RCLONE_CONFIG_HERE_TYPE": "s3",
                   "RCLONE_CONFIG_HERE_PROVIDER": "Other", "RCLONE_CONFIG_HERE_ENDPOINT": server.endpoint,
                   "RCLONE_CONFIG_HERE_REGION": server.region,
                   "RCLONE_CONFIG_HERE_ACCESS_KEY_ID": server.access_key,
                   "RCLONE_CONFIG_HERE_SECRET_ACCESS_KEY": server.secret_key, "RCLONE_S3_UPLOAD_CUTOFF": "5Mi",
                   "RCLONE_S3_CHUNK_SIZE": "5Mi", "RCLONE_RETRIES": "1", "RCLONE_LOW_LEVEL_RETRIES": "1"}

    def run(*arguments, **options) -> str:
        return clients.run(clients.program("rclone"), *arguments, environment=environment, **options)

    return run


def test_sync_check_and_copy_back(rclone, bucket, tmp_path):
    here, back = tmp_path / "here", tmp_path / "back"
    here.mkdir()
    tree = clients.make_tree(here)
    rclone("sync", here, f"here:{bucket}/tree")
    rclone("check", here, f"here:{bucket}/tree")
    rclone("check", "--download", here, f"here:{bucket}/tree")
    rclone("copy", f"here:{bucket}/tree", back)
    assert clients.tree_of(back) == tree

    (here / "small.txt").write_bytes(b"changed")
    (here / "many/000.bin").unlink()
    rclone("sync", here, f"here:{bucket}/tree")
    rclone("check", here, f"here:{bucket}/tree")


def test_check_sees_a_difference(rclone, bucket, s3, tmp_path):
    here = tmp_path / "here"
    here.mkdir()
    (here / "file").write_bytes(b"one")
    rclone("sync", here, f"here:{bucket}")
    s3.put_object(Bucket=bucket, Key="file", Body=b"two")
    rclone("check", here, f"here:{bucket}", expect=1)


def test_server_side_copy_move_and_purge(rclone, bucket, tmp_path):
    here = tmp_path / "here"
    here.mkdir()
    tree = clients.make_tree(here)
    rclone("copy", here, f"here:{bucket}/a")
    rclone("copy", f"here:{bucket}/a", f"here:{bucket}/b")  # CopyObject, and UploadPartCopy for the large file
    rclone("move", f"here:{bucket}/b", f"here:{bucket}/c")
    rclone("check", here, f"here:{bucket}/c")
    assert len(rclone("lsf", "-R", "--files-only", f"here:{bucket}/c").splitlines()) == len(tree)
    rclone("purge", f"here:{bucket}/c")
    assert "c/" not in rclone("lsf", f"here:{bucket}").splitlines()


def test_modification_times_survive(rclone, bucket, tmp_path):
    here = tmp_path / "here"
    here.mkdir()
    (here / "file").write_bytes(b"old")
    rclone("touch", "-t", "2001-02-03T04:05:06", here / "file")
    rclone("copy", here, f"here:{bucket}")
    assert "2001-02-03 04:05:06" in rclone("lsl", f"here:{bucket}")
    rclone("touch", "-t", "2002-02-03T04:05:06", f"here:{bucket}/file")  # a copy onto itself
    assert "2002-02-03 04:05:06" in rclone("lsl", f"here:{bucket}")
