"""Clients that burden the server on purpose: its memory stays bounded, and what they left is given back."""

import contextlib
import http.client
import os
import pathlib
import resource
import select
import shlex
import socket
import threading
import time

import pytest

import clients
import server as servers
import sigv4
from sigv4 import Connection, Request

UPLOADS = 32
DECLARED_BYTES = 5 << 30
SENDING_SECONDS = 4
RSS_MARGIN_MIB = 256
CHUNKS_MARGIN_MIB = 256 + 96  # what uploads may hold (block_ram_buffer_max), and what sockets and heaps do
IDLE_CONNECTIONS = 1000
DOWNLOADS = 400
READ_AHEAD_MIB = 64
ANSWERS_MIB = 16
DOWNLOADS_MARGIN_MIB = 96
SETTLE_SECONDS = 60
MIB = 1 << 20


@contextlib.contextmanager
def watched_rss(server):
    """Yields a list whose only item is the highest resident size seen, in MiB."""
    highest, stop = [server.rss_mib()], threading.Event()

    def watch() -> None:
        while not stop.wait(0.1):
            highest[0] = max(highest[0], server.rss_mib())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield highest
    finally:
        stop.set()
        thread.join()


def wait_until(condition, what) -> None:
    """Until it holds; how long that takes is no matter of this test, only that it comes."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, what()
        time.sleep(0.2)


def send_slowly(server, path: str, query: str, errors: list) -> None:
    try:
        with Connection(server) as connection:
            request = Request("PUT", path, query=query, payload=sigv4.UNSIGNED, length=DECLARED_BYTES)
            connection.send(sigv4.sign(server, request).head)
            piece, until, number = bytes(range(256)) * 128, time.monotonic() + SENDING_SECONDS, 0
            while time.monotonic() < until:
                number += 1
                connection.socket.sendall(piece[:-8] + number.to_bytes(8, "little"))
                time.sleep(0.02)
    except Exception as error:
        errors.append(error)


def test_uploads_that_never_end(start_server):
    server = start_server()
    s3 = clients.boto(server)
    s3.put_object(Bucket=server.bucket, Key="kept", Body=bytes(MIB))
    idle_mib, kept_bytes = server.rss_mib(), server.data_bytes()
    upload_id = s3.create_multipart_upload(Bucket=server.bucket, Key="parts")["UploadId"]

    errors: list = []
    with watched_rss(server) as highest:
        threads = [threading.Thread(target=send_slowly, args=(
            server, f"/{server.bucket}/" + (f"key{number}" if number % 2 else "parts"),
            "" if number % 2 else f"partNumber={number + 1}&uploadId={upload_id}", errors)) for number in range(UPLOADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not errors, errors[0]
    print(f"idle {idle_mib:.0f} MiB, highest {highest[0]:.0f} MiB, data before {kept_bytes} bytes")
    assert highest[0] < idle_mib + RSS_MARGIN_MIB

    # Everybody hung up: no object, no part, and after a while no space.
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=server.bucket)["Contents"]] == ["kept"]
    assert "Parts" not in s3.list_parts(Bucket=server.bucket, Key="parts", UploadId=upload_id)
    s3.abort_multipart_upload(Bucket=server.bucket, Key="parts", UploadId=upload_id)
    wait_until(lambda: server.data_bytes() <= kept_bytes + 2 * MIB,
               lambda: f"{server.data_bytes()} bytes are held in data_dir, {kept_bytes} are needed")
    assert len(s3.get_object(Bucket=server.bucket, Key="kept")["Body"].read()) == MIB


def test_signed_chunks_that_never_end(start_server):
    """Each client sends all of a chunk of 16 MiB but its last byte, which its signature waits for."""
    server = start_server()
    s3 = clients.boto(server)
    s3.put_object(Bucket=server.bucket, Key="kept", Body=bytes(MIB))
    idle_mib, chunk = server.rss_mib(), 16 * MIB
    with watched_rss(server) as highest, contextlib.ExitStack() as stack:
        connections = []
        for number in range(UPLOADS):
            request = Request("PUT", f"/{server.bucket}/key{number}", payload=sigv4.STREAMING,
                              headers=[("x-amz-decoded-content-length", str(chunk))], length=chunk + 200)
            connection = stack.enter_context(Connection(server))
            connection.socket.sendall(sigv4.sign(server, request).head)
            connection.socket.sendall(b"1000000;chunk-signature=" + b"0" * 64 + b"\r\n" + os.urandom(MIB))
            connections.append(connection)
        piece = bytes(MIB)
        for number in range(15):
            for connection in connections:
                connection.socket.sendall(piece[:-1] if number == 14 else piece)
        assert s3.get_object(Bucket=server.bucket, Key="kept")["Body"].read() == bytes(MIB)
        connections[0].send(b"\0\r\n")
        assert connections[0].answer("PUT").status == 403
    print(f"idle {idle_mib:.0f} MiB, highest {highest[0]:.0f} MiB")
    assert highest[0] < idle_mib + CHUNKS_MARGIN_MIB
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=server.bucket)["Contents"]] == ["kept"]


def test_space_of_what_is_deleted_comes_back(start_server):
    server = start_server()
    s3 = clients.boto(server)
    s3.put_object(Bucket=server.bucket, Key="kept", Body=clients.pattern(3 * MIB, "kept"))
    kept_bytes = server.data_bytes()
    for number in range(10):
        s3.put_object(Bucket=server.bucket, Key=f"key{number % 5}", Body=clients.pattern(4 * MIB, str(number)))
    upload_id = s3.create_multipart_upload(Bucket=server.bucket, Key="upload")["UploadId"]
    s3.upload_part(Bucket=server.bucket, Key="upload", UploadId=upload_id, PartNumber=1, Body=clients.pattern(5 * MIB, "part"))
    assert server.data_bytes() > kept_bytes + 20 * MIB
    s3.abort_multipart_upload(Bucket=server.bucket, Key="upload", UploadId=upload_id)
    s3.delete_objects(Bucket=server.bucket, Delete={"Objects": [{"Key": f"key{number}"} for number in range(5)]})
    wait_until(lambda: server.data_bytes() <= kept_bytes + 2 * MIB,
               lambda: f"{server.data_bytes()} bytes are held in data_dir, {kept_bytes} are needed")
    assert s3.get_object(Bucket=server.bucket, Key="kept")["Body"].read() == clients.pattern(3 * MIB, "kept")


def test_downloads_that_nobody_reads(start_server):
    """Answers wait in the kernel, not whole in memory; blocks on their way and what is read ahead are bounded for all."""
    server = start_server(settings=f'block_ram_buffer_max = "{ANSWERS_MIB}MiB"\n')
    s3 = clients.boto(server)
    s3.put_object(Bucket=server.bucket, Key="large", Body=clients.pattern(64 * MIB, "large"))
    idle_mib = server.rss_mib()
    with watched_rss(server) as highest, contextlib.ExitStack() as stack:
        for _ in range(DOWNLOADS):
            connection = stack.enter_context(Connection(server))
            connection.send(sigv4.sign(server, Request("GET", f"/{server.bucket}/large")).head)
            assert connection.socket.recv(1), "the answer has begun"
        time.sleep(SENDING_SECONDS)
        assert s3.get_object(Bucket=server.bucket, Key="large", Range="bytes=0-9")["Body"].read()
    print(f"idle {idle_mib:.0f} MiB, highest {highest[0]:.0f} MiB")
    assert highest[0] < idle_mib + ANSWERS_MIB + DOWNLOADS / 16 + READ_AHEAD_MIB + DOWNLOADS_MARGIN_MIB


def test_a_thousand_idle_connections(start_server):
    server = start_server()
    s3 = clients.boto(server)
    s3.put_object(Bucket=server.bucket, Key="key", Body=b"answer")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, IDLE_CONNECTIONS + 500)), hard))
    idle_mib = server.rss_mib()
    with contextlib.ExitStack() as stack:
        for number in range(IDLE_CONNECTIONS):
            connection = stack.enter_context(Connection(server))
            if number % 2:
                connection.send(b"GET /a/b HTTP/1.1\r\nhost: half of a requ")
        assert s3.get_object(Bucket=server.bucket, Key="key")["Body"].read() == b"answer"
        assert clients.boto(server).get_object(Bucket=server.bucket, Key="key")["Body"].read() == b"answer"
        assert server.rss_mib() < idle_mib + RSS_MARGIN_MIB
    assert s3.get_object(Bucket=server.bucket, Key="key")["Body"].read() == b"answer"


def test_idle_connections_leave_files_for_the_rest(start_server, tmp_path, monkeypatch):
    """No address takes more than half of what the fronts may hold, and these leave room for the node's own files."""
    files = 8192 + 1024 * (os.cpu_count() or 1)
    limited = tmp_path / "garage-with-few-files"
    limited.write_text(f'#!/bin/sh\nulimit -n {files} && exec {shlex.quote(str(servers.binary()))} "$@"\n')
    limited.chmod(0o755)
    monkeypatch.setenv("GARAGE_BINARY", str(limited))
    server = start_server()
    loops = sum(task.read_text().startswith("loop-") for task in pathlib.Path(f"/proc/{server.pid}/task").glob("*/comm"))
    allowed = loops * ((files - 4096) // (2 * loops) // 2)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < max(files, allowed + 1000):
        pytest.skip("this machine allows too few open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, allowed + 1000), hard))
    with contextlib.ExitStack() as stack:
        idle = [stack.enter_context(socket.create_connection(("127.0.0.1", server.s3_port)))
                for _ in range(allowed + 200)]
        poll = select.poll()
        for connection in idle:
            poll.register(connection, select.POLLIN | select.POLLRDHUP)
        # The kernel spreads connections over the loops by chance, so one loop may be full before the others.
        wait_until(lambda: len(poll.poll(0)) >= 200, lambda: f"{len(poll.poll(0))} of {len(idle)} were turned away")
        gone = {descriptor for descriptor, _ in poll.poll(0)}
        assert idle[0].fileno() not in gone, "not turned away: closed after a minute, as what is idle is"
        other = http.client.HTTPConnection("127.0.0.1", server.s3_port, source_address=("127.0.0.2", 0), timeout=60)
        stack.callback(other.close)
        other.request("GET", "/")
        assert other.getresponse().status == 403, "who comes from elsewhere is served"
