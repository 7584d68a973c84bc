"""Mixed load on several nodes, with a check of every answer: what was acknowledged is there, and reads never go backwards."""

import collections
import itertools
import random
import threading
import time

import botocore.exceptions

import clients

_spaces = itertools.count(1)

SIZES = [0, 300, 20_000, 700_000, 2_500_000]


class Load:
    """One thread a key space: each key has one writer, which counts up, and is read through all nodes by the others.

    `problems` holds what must never be: a lost or older value. `errors` counts refusals by node; whether they are in order the
    test decides."""

    def __init__(self, nodes: list, bucket: str, threads: int = 6):
        self.nodes, self.bucket, self.space = nodes, bucket, f"load-{next(_spaces)}"
        self.problems: list[str] = []
        self.errors = collections.Counter()
        self.done = collections.Counter()
        # Of each request that was answered: when it began, the node, "PUT" or "GET", its seconds.
        self.times: list[tuple[float, object, str, float]] = []
        # Of each key: the number that was acknowledged last, the highest that was sent, and the highest that anybody read.
        self.acknowledged, self.sent, self.seen = {}, {}, {}
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.avoided: set = set()
        self.threads = [threading.Thread(target=self.run, args=(number,), daemon=True) for number in range(threads)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join(120)

    def avoid(self, node) -> None:
        """Clients leave this node alone from now on; what is in flight may fail."""
        self.avoided.add(node)

    def use(self, node) -> None:
        self.avoided.discard(node)

    def run(self, number: int) -> None:
        rng = random.Random(number)
        # With the retries that every SDK makes by itself.
        s3 = {node: clients.boto(node, retries=2) for node in self.nodes}
        keys = [f"{self.space}/{number}/{one}" for one in range(8)]
        everything = [f"{self.space}/{thread}/{one}" for thread in range(len(self.threads)) for one in range(8)]
        for turn in itertools.count(1):
            if self.stopping.is_set():
                return
            node = rng.choice([one for one in self.nodes if one not in self.avoided])
            began = time.monotonic()
            try:
                operation = rng.choice(["PUT", "GET"])
                if operation == "PUT":
                    self.write(s3[node], rng.choice(keys), turn, rng.choice(SIZES))
                else:
                    self.read(s3[node], rng.choice(everything))
                self.done[node.directory.name] += 1
                self.times.append((began, node, operation, time.monotonic() - began))
            except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
                if node not in self.avoided:
                    self.errors[f"{node.directory.name}: {error}"[:160]] += 1
                time.sleep(0.05)

    def write(self, s3, key: str, number: int, size: int) -> None:
        with self.lock:
            self.sent[key] = number
        s3.put_object(Bucket=self.bucket, Key=key, Body=clients.pattern(size, f"{key} {number}"),
                      Metadata={"number": str(number), "size": str(size)})
        with self.lock:
            self.acknowledged[key] = number

    def read(self, s3, key: str) -> None:
        with self.lock:
            least = max(self.acknowledged.get(key, 0), self.seen.get(key, 0))
        try:
            answer = s3.get_object(Bucket=self.bucket, Key=key)
            body = answer["Body"].read()
        except s3.exceptions.NoSuchKey:
            if least:
                self.problems.append(f"{key}: number {least} is lost")
            return
        number, size = int(answer["Metadata"]["number"]), int(answer["Metadata"]["size"])
        with self.lock:
            if number < least or number > self.sent.get(key, 0):
                self.problems.append(f"{key}: read {number} after {least}, sent {self.sent.get(key)}")
            self.seen[key] = max(self.seen.get(key, 0), number)
        if body != clients.pattern(size, f"{key} {number}"):
            self.problems.append(f"{key}: number {number} has other bytes")

    def check_everything(self) -> int:
        """After the load: each key through every node."""
        for node in self.nodes:
            s3 = clients.boto(node)
            for key in sorted(self.acknowledged):
                self.read(s3, key)
        return len(self.acknowledged)
