"""Volumes are lost while the metadata is kept, or the metadata is older than they are: the node cannot tell, frees nothing, and
rebuilds its block index in the background, once."""

import time

import botocore.exceptions

import clients

OBJECTS = 24
BYTES = 300_000
REBUILD_SECONDS = 60
DOUBT = "the block index is damaged or does not belong to these volumes"
REBUILT = "the block index is rebuilt"


def wait_for_line(server, text: str) -> None:
    deadline = time.monotonic() + REBUILD_SECONDS
    while text not in server.log.read_text(errors="replace"):
        assert time.monotonic() < deadline, server.log_tail()
        time.sleep(0.1)


def readable(server) -> set[int]:
    s3 = clients.boto(server)
    found = set()
    for number in range(OBJECTS):
        try:
            body = s3.get_object(Bucket=server.bucket, Key=str(number))["Body"].read()
        except (botocore.exceptions.ClientError, botocore.exceptions.HTTPClientError):
            continue
        assert body == clients.pattern(BYTES, number)
        found.add(number)
    return found


def test_what_is_left_is_kept_and_looked_through_once(start_server):
    server = start_server()
    server.stop()
    one, other = server.directory / "data", server.directory / "other"
    both = f'[{{ path = "{one}", capacity = "1G" }}, {{ path = "{other}", capacity = "1G" }}]'
    server.config.write_text(server.config.read_text().replace(f'"{one}"', both))
    server.start()
    s3 = clients.boto(server)
    for number in range(OBJECTS):
        s3.put_object(Bucket=server.bucket, Key=str(number), Body=clients.pattern(BYTES, number))
    server.stop()
    assert DOUBT not in server.log.read_text(errors="replace")

    left = sorted((one / "volumes").glob("*.vol"))
    for volume in (other / "volumes").glob("*.vol"):
        volume.unlink()
    server.start()
    wait_for_line(server, REBUILT)
    kept = readable(server)
    assert 0 < len(kept) < OBJECTS
    server.restart()
    assert readable(server) == kept
    assert all(volume.is_file() for volume in left)
    assert server.log.read_text(errors="replace").count(DOUBT) == 1
