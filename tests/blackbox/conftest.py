"""Fixtures: a running server, a client for it, and a bucket for each test."""

import itertools
import pathlib
import re

import pytest

import clients
from server import Server

_bucket_numbers = itertools.count(1)


def pytest_addoption(parser):
    parser.addoption("--kill-rounds", type=int, default=15, help="how often test_kill.py kills the server")
    parser.addoption("--race-rounds", type=int, default=20, help="how often test_conditional.py runs each race")


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The server that the tests share. It has to stop well after all that was done to it."""
    running = Server(tmp_path_factory.mktemp("server"))
    yield running
    running.stop()


@pytest.fixture
def start_server(tmp_path):
    """Starts servers for tests that restart or burden theirs: start_server(settings=..., sections=...)."""
    started = []

    def start(**options) -> Server:
        directory = tmp_path / f"server{len(started)}"
        directory.mkdir()
        started.append(Server(directory, **options))
        return started[-1]

    yield start
    failures = []
    for one in started:
        if one.process.poll() is None:
            try:
                one.stop()
            except AssertionError as error:
                failures.append(error)
    if failures:
        raise failures[0]


@pytest.fixture(scope="session")
def s3(server):
    return clients.boto(server)


@pytest.fixture
def bucket(s3, request) -> str:
    """A new bucket, named after the test."""
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())[:50].strip("-")
    name = f"{name}-{next(_bucket_numbers)}"
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture(scope="session")
def other_key(server) -> clients.Key:
    """A second user, made by the command line: it may create buckets, and sees none of the others."""
    output = server.cli("key", "create", "other-user")
    key = clients.Key(re.search(r"Key ID:\s+(\S+)", output)[1], re.search(r"Secret key:\s+(\S+)", output)[1])
    server.cli("key", "allow", "--create-bucket", key.access_key)
    return key


@pytest.fixture(scope="session")
def payload(tmp_path_factory) -> pathlib.Path:
    """20 MB in a file: more than the clients' threshold for multipart uploads."""
    path = tmp_path_factory.mktemp("payload") / "payload.bin"
    clients.write_pattern(path, 20_000_003, seed="payload")
    return path
