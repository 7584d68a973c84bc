"""What several tests need to work as a client: boto3, other programs, test data and checksums of it."""

import dataclasses
import hashlib
import os
import pathlib
import random
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import boto3
import botocore.config
import botocore.exceptions
import pytest

PROGRAM_SECONDS = 300


@dataclasses.dataclass(frozen=True)
class Key:
    access_key: str
    secret_key: str


def boto(server, key: Key | None = None, retries: int = 0, region: str | None = None, **config):
    """A boto3 client as people have it, but for the path style, and without retries that would hide an error."""
    key = key or Key(server.access_key, server.secret_key)
    settings = botocore.config.Config(retries={"total_max_attempts": 1 + retries}, connect_timeout=5, read_timeout=60,
                                      s3={"addressing_style": "path"}, max_pool_connections=50, **config)
    return boto3.client("s3", endpoint_url=server.endpoint, region_name=region or server.region,
                        aws_access_key_id=key.access_key, aws_secret_access_key=key.secret_key, config=settings)


class refused:
    """`with refused("NoSuchKey", 404): ...`: the call inside has to be answered by this error."""

    def __init__(self, code: str, status: int):
        self.code, self.status = code, status

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        assert kind is not None, f"expected {self.code} ({self.status}), but the request succeeded"
        if not isinstance(error, botocore.exceptions.ClientError):
            return False
        got = (error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"])
        assert got == (self.code, self.status), str(error)
        return True


def outcome_of(call, **arguments) -> str:
    """"done", or the code of the error."""
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
    return "done"


def in_parallel(calls: list) -> list:
    """What the calls return, all made at once."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


_NOISE = random.Random("noise").randbytes(1 << 20)


def pieces(size: int, seed: str | int):
    """Test data in pieces of 1 MiB: bytes that no compression shortens and no two seeds share, made at the speed of a copy."""
    for start in range(0, size, len(_NOISE)):
        head = hashlib.sha256(f"{seed}/{start}".encode()).digest()
        turn = int.from_bytes(head[:2])
        piece = head + _NOISE[turn + len(head):] + _NOISE[:turn]
        yield piece[: size - start]


def pattern(size: int, seed: str | int) -> bytes:
    return b"".join(pieces(size, seed))


def write_pattern(path: pathlib.Path, size: int, seed: str | int) -> None:
    with path.open("wb") as file:
        for piece in pieces(size, seed):
            file.write(piece)


def sha256_of(path: pathlib.Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def tree_of(directory: pathlib.Path) -> dict[str, str]:
    """Every file below a directory with the hash of its content: for comparing copies."""
    return {str(path.relative_to(directory)): sha256_of(path) for path in sorted(directory.rglob("*")) if path.is_file()}


def make_tree(directory: pathlib.Path) -> dict[str, str]:
    """A small tree with what trips up clients: empty files, odd names, a file above the multipart threshold."""
    files = {"empty": 0, "small.txt": 17, "a b/c d.txt": 1000, "deep/er/and/deeper.bin": 70_000, "plus+sign": 10,
             "per%cent": 11, "ünïcödé/文.txt": 123, "many/large.bin": 9_000_001, "just-a-block": 1 << 20}
    files |= {f"many/{number:03}.bin": 100 + number for number in range(40)}
    for name, size in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pattern(size, name))
    return tree_of(directory)


def program(*names: str) -> str:
    """The path of an installed program; Debian's first, which is the version we promise to work with."""
    for name in names:
        for candidate in (f"/usr/bin/{name}", shutil.which(name)):
            if candidate and os.access(candidate, os.X_OK):
                return candidate
    pytest.fail(f"{names[0]} is not installed: scripts/install-packages --tests")


def run(*command, environment: dict[str, str] | None = None, expect: int = 0, **options) -> str:
    """Runs a client; on any other exit code than expected the test fails with all it said."""
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=PROGRAM_SECONDS, env=clean_environment() | (environment or {}), **options)
    assert done.returncode == expect, (f"{' '.join(str(word) for word in command)}\nended with code {done.returncode}, "
                                       f"expected {expect}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def clean_environment() -> dict[str, str]:
    """Without settings of this machine that would reach the clients."""
    unwanted = ("AWS_", "RCLONE_", "RESTIC_", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")
    return {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}


def aws_environment(server) -> dict[str, str]:
    return {"AWS_ACCESS_KEY_ID": server.access_key, "AWS_SECRET_ACCESS_KEY": server.secret_key,
            "AWS_DEFAULT_REGION": server.region, "AWS_EC2_METADATA_DISABLED": "true"}
