"""A disk that is full is emptied by deleting, without a restart. Needs the right to mount a small tmpfs, and is skipped without."""

import ctypes
import os
import time

import botocore.exceptions
import pytest

import clients
from server import Server

DISK_BYTES = 192 << 20  # for metadata and data together
SECONDS_TO_RETURN_SPACE = 420  # deleted bytes stay five minutes for who still reads them
libc = ctypes.CDLL(None, use_errno=True)


@pytest.fixture
def server(tmp_path):
    disk = os.fsencode(tmp_path)
    if libc.mount(b"tmpfs", disk, b"tmpfs", 0, b"size=%d" % DISK_BYTES) != 0:
        pytest.skip(f"cannot mount a small disk here: {os.strerror(ctypes.get_errno())}")
    try:
        running = Server(tmp_path)
        yield running
        if running.process.poll() is None:
            running.kill9()
    finally:
        libc.umount2(disk, 2)  # MNT_DETACH


def fill(s3, bucket: str, prefix: str, size: int) -> list[str]:
    """Puts objects until five in a row are refused, as on a full disk: now and then some room is found again."""
    keys, refusals = [], 0
    while refusals < 5:
        key = f"{prefix}{len(keys):05}"
        try:
            s3.put_object(Bucket=bucket, Key=key, Body=os.urandom(size))
        except botocore.exceptions.ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 503
            assert "no space" in error.response["Error"]["Message"]
            refusals += 1
            continue
        keys.append(key)
        refusals = 0
    return keys


def test_a_full_disk_is_emptied_by_deleting(server):
    s3 = clients.boto(server)
    bucket = server.bucket
    # Large ones until no more go in, then small ones, which lie in the metadata.
    keys = fill(s3, bucket, "large", 1 << 20) + fill(s3, bucket, "small", 1000)
    assert len(keys) > 50
    assert len(s3.get_object(Bucket=bucket, Key=keys[0])["Body"].read()) == 1 << 20

    for key in keys:
        answer = s3.delete_object(Bucket=bucket, Key=key)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)

    deadline = time.monotonic() + SECONDS_TO_RETURN_SPACE
    stored = 0
    while stored < 20:
        assert time.monotonic() < deadline, f"only {stored} objects fit again"
        try:
            s3.put_object(Bucket=bucket, Key=f"again{stored}", Body=os.urandom(1 << 20))
            stored += 1
        except botocore.exceptions.ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 503
            time.sleep(0.5)
    server.stop()
