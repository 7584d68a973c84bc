"""kill -9 under load, again and again: whatever was answered with success is there after the restart, and what was under way
is either done or not, never half.

Each worker owns its keys and knows for each the states it may be in: one after an answer, two while a request is without one.
A counter, which all share and change by If-Match, must never fall behind an acknowledged step.
"""

import collections
import dataclasses
import random
import threading
import time

import botocore.exceptions
import pytest

import clients

WORKERS = 8
KEYS = 20  # for each worker
SIZES = [0, 1, 700, 16_384, 20_000, 300_000, 1_048_576, 3_000_000]
WEIGHTS = [2, 1, 6, 2, 6, 5, 2, 2]
PART_BYTES = 5 << 20


@dataclasses.dataclass(frozen=True)
class Content:
    """The bytes that a seed stands for. A multipart object is a first part of PART_BYTES and a second of `size`."""

    seed: int
    size: int
    multipart: bool = False

    def parts(self) -> list[bytes]:
        first = [clients.pattern(PART_BYTES, self.seed)] if self.multipart else []
        return [*first, clients.pattern(self.size, self.seed + 1)]

    def body(self) -> bytes:
        return b"".join(self.parts())


class Upload:
    """A multipart upload that a worker has begun, and which of its parts were acknowledged."""

    def __init__(self, key: str, content: Content):
        self.key, self.content, self.upload_id, self.etags = key, content, None, []


class Worker:
    """Makes changes to its own keys until the server is gone."""

    def __init__(self, server, number: int, counter: "Counter"):
        self.server, self.number, self.counter = server, number, counter
        self.states: dict[str, list[Content | None]] = {f"w{number}/{key}": [None] for key in range(KEYS)}
        self.etags: dict[str, str] = {}  # of keys whose state is certain
        self.upload: Upload | None = None
        self.acknowledged = collections.Counter()
        self.problems: list[str] = []

    def run(self, seed: int) -> None:
        self.random, self.s3 = random.Random(seed), clients.boto(self.server)
        kinds = [self.put, self.put, self.put, self.delete, self.copy, self.put_if, self.multipart, self.counter_step]
        try:
            while True:
                self.random.choice(kinds)()
        except (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError):
            pass  # the server is gone, as it should be
        except Exception as error:
            self.problems.append(f"worker {self.number}: {type(error).__name__}: {error}")

    def some_key(self) -> str:
        return self.random.choice(list(self.states))

    def some_content(self, **options) -> Content:
        size = self.random.choices(SIZES, WEIGHTS)[0]
        return Content(self.random.getrandbits(40), size, **options)

    def change(self, key: str, new: Content | None, call) -> bool:
        """While the call is without an answer, both the old states and the new one are possible."""
        old, etag = self.states[key], self.etags.pop(key, None)
        self.states[key] = [*old, new]
        try:
            answer = call()
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise
            self.states[key] = old
            if etag:
                self.etags[key] = etag
            return False
        self.states[key] = [new]
        if "ETag" in answer:
            self.etags[key] = answer["ETag"]
        return True

    def put(self) -> None:
        key, new = self.some_key(), self.some_content()
        self.change(key, new, lambda: self.s3.put_object(Bucket=self.server.bucket, Key=key, Body=new.body()))
        self.acknowledged["put"] += 1

    def delete(self) -> None:
        key = self.some_key()
        self.change(key, None, lambda: self.s3.delete_object(Bucket=self.server.bucket, Key=key))
        self.acknowledged["delete"] += 1

    def copy(self) -> None:
        source, key = self.some_key(), self.some_key()
        states = self.states[source]
        if source == key or len(states) != 1 or states[0] is None:
            return
        self.change(key, states[0], lambda: self.s3.copy_object(
            Bucket=self.server.bucket, Key=key, CopySource=f"{self.server.bucket}/{source}")["CopyObjectResult"])
        self.acknowledged["copy"] += 1

    def put_if(self) -> None:
        """A condition whose outcome is known beforehand; right or wrong by chance."""
        key, new = self.some_key(), self.some_content()
        there = self.states[key] != [None]
        if there and key not in self.etags:
            return
        wrong = self.random.random() < 0.4
        if wrong and not there:
            return
        condition = {"IfMatch": self.etags[key]} if there and not wrong else {"IfNoneMatch": "*"}
        won = self.change(key, new, lambda: self.s3.put_object(Bucket=self.server.bucket, Key=key, Body=new.body(), **condition))
        if won == wrong:
            self.problems.append(f"{key}: a write with {condition} was {'done' if won else 'refused'}, against its condition")
        self.acknowledged["conditional put"] += 1

    def multipart(self) -> None:
        """One step of an upload: it may be begun in one life of the server and completed in another."""
        if self.upload is None:
            upload = Upload(self.some_key(), self.some_content(multipart=True))
            upload.upload_id = self.s3.create_multipart_upload(Bucket=self.server.bucket, Key=upload.key)["UploadId"]
            self.upload = upload
        elif len(self.upload.etags) < 2:
            number = len(self.upload.etags) + 1
            body = self.upload.content.parts()[number - 1]
            self.upload.etags.append(self.s3.upload_part(Bucket=self.server.bucket, Key=self.upload.key, Body=body,
                                                         UploadId=self.upload.upload_id, PartNumber=number)["ETag"])
            self.acknowledged["part"] += 1
        else:
            self.complete()

    def complete(self) -> None:
        upload = self.upload
        parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(upload.etags, 1)]
        self.change(upload.key, upload.content, lambda: self.s3.complete_multipart_upload(
            Bucket=self.server.bucket, Key=upload.key, UploadId=upload.upload_id, MultipartUpload={"Parts": parts}))
        self.upload = None
        self.acknowledged["multipart object"] += 1

    def counter_step(self) -> None:
        self.acknowledged["counter step"] += self.counter.step(self.s3)

    def verify(self, s3) -> int:
        """After a restart: reads every key and settles on what is there. Returns how many were looked at."""
        for key, allowed in self.states.items():
            try:
                answer = s3.get_object(Bucket=self.server.bucket, Key=key)
                got, etag = answer["Body"].read(), answer["ETag"]
            except s3.exceptions.NoSuchKey:
                got, etag = None, None
            except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
                self.problems.append(f"{key}: cannot be read: {error}")
                continue
            match = next((state for state in allowed if got == (state.body() if state else None)), "none")
            if match == "none":
                sizes = [state and len(state.body()) for state in allowed]
                found = "nothing" if got is None else f"{len(got)} bytes"
                self.problems.append(f"{key}: found {found}, possible are {sizes}")
                continue
            self.states[key] = [match]
            if etag:
                self.etags[key] = etag
        self.verify_upload(s3)
        return len(self.states)

    def verify_upload(self, s3) -> None:
        upload = self.upload
        if upload is None:
            return
        if upload.content in self.states[upload.key]:  # the completion without an answer was done
            self.upload = None
            return
        try:
            listed = s3.list_parts(Bucket=self.server.bucket, Key=upload.key, UploadId=upload.upload_id).get("Parts", [])
        except s3.exceptions.NoSuchUpload:
            self.problems.append(f"{upload.key}: the upload {upload.upload_id} is gone")
            return
        there = {part["PartNumber"]: part["ETag"] for part in listed}
        for number, etag in enumerate(upload.etags, 1):
            if there.get(number) != etag:
                self.problems.append(f"{upload.key}: part {number} was acknowledged and is missing")


class Counter:
    """Counts by read and If-Match. Its steps that were acknowledged may never be undone, nor be given to two."""

    def __init__(self, server):
        self.bucket, self.acknowledged, self.lock = server.bucket, {0}, threading.Lock()
        clients.boto(server).put_object(Bucket=self.bucket, Key="counter", Body=b"0")
        self.problems: list[str] = []

    def step(self, s3) -> bool:
        answer = s3.get_object(Bucket=self.bucket, Key="counter")
        value = int(answer["Body"].read()) + 1
        try:
            s3.put_object(Bucket=self.bucket, Key="counter", Body=str(value).encode(), IfMatch=answer["ETag"])
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] not in ("PreconditionFailed", "ConditionalRequestConflict"):
                raise
            return False
        with self.lock:
            if value in self.acknowledged:
                self.problems.append(f"counter: step {value} was acknowledged twice")
            self.acknowledged.add(value)
        return True

    def verify(self, s3) -> int:
        value = int(s3.get_object(Bucket=self.bucket, Key="counter")["Body"].read())
        if value < max(self.acknowledged):
            self.problems.append(f"counter: is {value}, but step {max(self.acknowledged)} was acknowledged")
        return 1


def verify_listing(server, s3, workers: list[Worker]) -> list[str]:
    """What is listed and what was found by name have to be the same."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=server.bucket, Prefix="w")
    listed = {item["Key"] for page in pages for item in page.get("Contents", [])}
    expected = {key for worker in workers for key, states in worker.states.items() if states != [None]}
    return [f"{key}: is {'listed but not there' if key in listed else 'there but not listed'}" for key in listed ^ expected]


@pytest.fixture
def rounds(request) -> int:
    return request.config.getoption("--kill-rounds")


def test_kill(start_server, rounds, capsys):
    server = start_server()
    counter = Counter(server)
    workers = [Worker(server, number, counter) for number in range(WORKERS)]
    chance, checked, slowest_s, problems = random.Random(), 0, 0.0, []
    for round_number in range(rounds):
        threads = [threading.Thread(target=worker.run, args=(chance.getrandbits(32),)) for worker in workers]
        for thread in threads:
            thread.start()
        time.sleep(chance.uniform(0.3, 1.5))
        server.kill9()
        for thread in threads:
            thread.join()
        server.check_log()
        if chance.random() < 0.3:  # once more, in the middle of the recovery
            server.start()
            server.kill9()
        began = time.monotonic()
        server.start()
        s3 = clients.boto(server)
        s3.list_objects_v2(Bucket=server.bucket, MaxKeys=1)
        slowest_s = max(slowest_s, time.monotonic() - began)
        checked += sum(worker.verify(s3) for worker in workers) + counter.verify(s3)
        problems += verify_listing(server, s3, workers) + counter.problems + [one for w in workers for one in w.problems]
        assert not problems, f"after kill {round_number + 1}: " + "; ".join(problems[:10])

    done = sum((worker.acknowledged for worker in workers), collections.Counter())
    with capsys.disabled():
        kinds = ", ".join(f"{count} {what}" for what, count in sorted(done.items()))
        print(f"\n{rounds} kills, {sum(done.values())} acknowledged changes ({kinds}), {checked} keys checked, "
              f"{len(problems)} wrong, slowest restart {slowest_s:.2f} s")
    assert all(done[what] for what in ("put", "delete", "copy", "conditional put", "part")), done
