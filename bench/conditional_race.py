#!/usr/bin/env python3
"""Writers race on a condition through all nodes, and one wins: conditional_race.py [ROUNDS] [--kill]

Starts three nodes in network namespaces (needs root, boto3, iproute2 and GARAGE_BINARY or build/release/garage). Each round, 16 clients
spread over the nodes write a fresh key with If-None-Match, then again with If-Match on what is there. With --kill each node is killed
and started again in turn meanwhile. More than one acknowledged writer, or an acknowledged one whose bytes are not there afterwards, is
wrong and ends in exit code 1; a race in which nobody was told of a success is only counted (its outcome is unknown to the clients)."""

import collections
import pathlib
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "blackbox"))

import botocore.exceptions  # noqa: E402

import clients  # noqa: E402
from cluster import set_up_cluster  # noqa: E402

WRITERS = 16


def race(s3: list, key: str, name: str, **condition) -> tuple[list[bytes], collections.Counter]:
    """The bodies of those that were told of a success, and what the others were told."""
    winners, refusals, gate = [], collections.Counter(), threading.Barrier(WRITERS)

    def write(number: int) -> None:
        body = f"{name} writer {number}".encode()
        gate.wait()
        try:
            s3[number].put_object(Bucket="my-bucket", Key=key, Body=body, **condition)
            winners.append(body)
        except botocore.exceptions.ClientError as error:
            refusals[error.response["Error"]["Code"]] += 1
        except botocore.exceptions.BotoCoreError as error:
            refusals[type(error).__name__] += 1

    threads = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return winners, refusals


def read(s3: list, key: str) -> tuple[bytes, str] | None:
    """Through whichever node answers; none where the key is not there."""
    for turn in range(200):
        try:
            answer = s3[turn % WRITERS].get_object(Bucket="my-bucket", Key=key)
            return answer["Body"].read(), answer["ETag"]
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return None
        except botocore.exceptions.BotoCoreError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"no node gives {key}")


def kill_in_turn(nodes: list, stopping: threading.Event) -> None:
    turn = 0
    while not stopping.wait(2):
        node = nodes[turn % len(nodes)]
        node.kill9()
        stopping.wait(1)
        node.start()
        turn += 1
    print(f"{turn} kills", flush=True)


def main() -> int:
    rounds = int(next((word for word in sys.argv[1:] if word.isdigit()), "200"))
    wrong, counts, refusals = [], collections.Counter(), collections.Counter()
    with tempfile.TemporaryDirectory() as directory, set_up_cluster(pathlib.Path(directory) / "c") as cluster:
        s3 = [clients.boto(cluster.nodes[number % 3], retries=0) for number in range(WRITERS)]
        stopping = threading.Event()
        killer = threading.Thread(target=kill_in_turn, args=(cluster.nodes, stopping))
        if "--kill" in sys.argv:
            killer.start()
        for number in range(rounds):
            key, there = f"key-{number}", None
            for kind in ("If-None-Match", "If-Match"):
                if kind == "If-Match" and not there:
                    break
                condition = {"IfNoneMatch": "*"} if kind == "If-None-Match" else {"IfMatch": there[1]}
                winners, refused = race(s3, key, kind, **condition)
                there = read(s3, key)
                counts[f"{kind} {len(winners)}"] += 1
                refusals += refused
                if len(winners) > 1 or (winners and (not there or there[0] != winners[0])):
                    wrong.append(f"{key} {kind}: acknowledged {winners}, read {there}")
        stopping.set()
        if killer.is_alive():
            killer.join()
    print("winners:", dict(sorted(counts.items())), "refusals:", dict(refusals), "wrong:", len(wrong))
    print("\n".join(wrong[:10]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
