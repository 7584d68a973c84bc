"""s3fs: a bucket mounted as a file system. Needs /dev/fuse and the right to mount."""

import contextlib
import os
import pathlib
import subprocess
import time

import pytest

import clients

MOUNT_SECONDS = 20


def why_not() -> str | None:
    """The reason why nothing can be mounted here, if there is one."""
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "/dev/fuse is missing or not accessible"
    if os.geteuid() != 0 and not pathlib.Path("/usr/bin/fusermount3").exists():
        return "not root, and fusermount3 is not installed"
    return None


@contextlib.contextmanager
def mounted(server, bucket: str, directory: pathlib.Path):
    passwords = directory / "passwd-s3fs"
    passwords.write_text(f"{server.access_key}:{server.secret_key}\n")
    passwords.chmod(0o600)
    place = directory / "mounted"
    place.mkdir()
    options = [f"passwd_file={passwords}", f"url={server.endpoint}", f"endpoint={server.region}", "use_path_request_style",
               "multipart_size=5"]
    command = [clients.program("s3fs"), bucket, str(place), "-f", *(word for one in options for word in ("-o", one))]
    with (directory / "s3fs.log").open("w+") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   env=clients.clean_environment())
        try:
            deadline = time.monotonic() + MOUNT_SECONDS
            while not os.path.ismount(place):
                said = (directory / "s3fs.log").read_text()
                if process.poll() is not None and "peration not permitted" in said:
                    pytest.skip(f"mounting is not allowed here: {said.strip()}")
                assert process.poll() is None and time.monotonic() < deadline, f"s3fs did not mount: {said}"
                time.sleep(0.05)
            yield place
        finally:
            subprocess.run(["umount", str(place)] if os.geteuid() == 0 else ["fusermount3", "-u", str(place)], check=False)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(MOUNT_SECONDS)
            if process.poll() is None:
                process.kill()
                process.wait()


def test_write_read_list_rename(server, s3, bucket, payload, tmp_path):
    if reason := why_not():
        print(f"s3fs is not tested: {reason}")
        pytest.skip(reason)
    with mounted(server, bucket, tmp_path) as place:
        (place / "dir").mkdir()
        (place / "dir/small.txt").write_text("small")
        (place / "dir/large.bin").write_bytes(payload.read_bytes())  # multipart
        assert sorted(os.listdir(place / "dir")) == ["large.bin", "small.txt"]
        assert (place / "dir/small.txt").read_text() == "small"

        with (place / "dir/small.txt").open("a") as file:
            file.write(" and more")
        (place / "dir/small.txt").rename(place / "renamed.txt")
        (place / "dir/large.bin").rename(place / "dir/moved.bin")
        assert (place / "renamed.txt").read_text() == "small and more"
        assert (place / "dir/moved.bin").stat().st_size == payload.stat().st_size

    # What other clients see, now that nothing is cached.
    assert s3.get_object(Bucket=bucket, Key="renamed.txt")["Body"].read() == b"small and more"
    body = s3.get_object(Bucket=bucket, Key="dir/moved.bin")["Body"].read()
    assert body == payload.read_bytes()
    (tmp_path / "again").mkdir()
    with mounted(server, bucket, tmp_path / "again") as place:
        assert sorted(os.listdir(place)) == ["dir", "renamed.txt"]
        (place / "renamed.txt").unlink()
        (place / "dir/moved.bin").unlink()
        (place / "dir").rmdir()
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
