"""Races: of sixteen clients that all want the same condition, exactly one wins."""

import collections
import threading

import pytest

import clients
import sigv4
from sigv4 import Connection, Request

CLIENTS = 16
KINDS = {"small": 100, "large": 1_500_000}


class Racers:
    """Threads with a connection each, started together again and again."""

    def __init__(self, server):
        self.server = server
        self.connections = [Connection(server) for _ in range(CLIENTS)]

    def close(self) -> None:
        for one in self.connections:
            one.socket.close()

    def race(self, requests: list[Request]) -> list[sigv4.Answer]:
        """The answers, in the order of the requests. A refused upload may end its connection: then a new one is made."""
        gate, answers, errors = threading.Barrier(CLIENTS), [None] * CLIENTS, []

        def run(number: int) -> None:
            try:
                request = requests[number]
                data = sigv4.sign(self.server, request).head + request.body
                gate.wait(30)
                self.connections[number].send(data)
                answers[number] = self.connections[number].answer(request.method)
                if answers[number].header("connection") == "close":
                    self.connections[number].socket.close()
                    self.connections[number] = Connection(self.server)
            except Exception as error:  # an assertion in a thread would be lost
                errors.append(error)

        threads = [threading.Thread(target=run, args=(number,)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]
        return answers


@pytest.fixture
def racers(server):
    made = Racers(server)
    yield made
    made.close()


@pytest.fixture
def rounds(request) -> int:
    return request.config.getoption("--race-rounds")


def one_winner(answers: list[sigv4.Answer], status: int = 200) -> int:
    """The number of the winner; all others have to be told that the condition does not hold (or to try again)."""
    outcomes = collections.Counter((answer.status, answer.code) for answer in answers)
    assert outcomes[(status, None)] == 1, outcomes
    assert set(outcomes) <= {(status, None), (412, "PreconditionFailed"), (409, "ConditionalRequestConflict")}, outcomes
    return next(number for number, answer in enumerate(answers) if answer.status == status)


def body(kind: str, number: int, round_number: int) -> bytes:
    return clients.pattern(KINDS[kind], f"{number} of {round_number}")


@pytest.mark.parametrize("kind", KINDS)
def test_puts(server, s3, bucket, racers, rounds, kind):
    if kind == "large":
        rounds = max(1, rounds // 4)
    for round_number in range(rounds):
        key = f"key{round_number}"
        bodies = [body(kind, number, round_number) for number in range(CLIENTS)]
        requests = [Request("PUT", f"/{bucket}/{key}", body=one, headers=[("if-none-match", "*")]) for one in bodies]
        winner = one_winner(racers.race(requests))
        first = s3.get_object(Bucket=bucket, Key=key)
        assert first["Body"].read() == bodies[winner]

        bodies = [body(kind, number + CLIENTS, round_number) for number in range(CLIENTS)]
        requests = [Request("PUT", f"/{bucket}/{key}", body=one, headers=[("if-match", first["ETag"])]) for one in bodies]
        winner = one_winner(racers.race(requests))
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == bodies[winner]


def test_completions(server, s3, bucket, racers, rounds):
    for round_number in range(max(1, rounds // 4)):
        key, requests, bodies = f"key{round_number}", [], []
        for number in range(CLIENTS):
            bodies.append(body("small", number, round_number))
            upload_id = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
            etag = s3.upload_part(Bucket=bucket, Key=key, UploadId=upload_id, PartNumber=1, Body=bodies[-1])["ETag"]
            document = ("<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>"
                        f"<ETag>{etag}</ETag></Part></CompleteMultipartUpload>")
            requests.append(Request("POST", f"/{bucket}/{key}", query=f"uploadId={upload_id}", body=document.encode(),
                                    headers=[("if-none-match", "*")]))
        winner = one_winner(racers.race(requests))
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == bodies[winner]


def test_deletes_against_puts(server, s3, bucket, racers, rounds):
    """All hold the same ETag; half want to replace the object, half to delete it. A DELETE of nothing succeeds, so only
    what is left tells who was first."""
    for round_number in range(rounds):
        key = f"key{round_number}"
        etag = s3.put_object(Bucket=bucket, Key=key, Body=b"first")["ETag"]
        requests = [Request("PUT", f"/{bucket}/{key}", body=body("small", number, round_number), headers=[("if-match", etag)])
                    if number % 2 else Request("DELETE", f"/{bucket}/{key}", headers=[("if-match", etag)])
                    for number in range(CLIENTS)]
        answers = racers.race(requests)
        puts = [number for number in range(1, CLIENTS, 2) if answers[number].status == 200]
        deletes = [number for number in range(0, CLIENTS, 2) if answers[number].status == 204]
        assert len(puts) <= 1
        if puts:
            assert not deletes  # the object had another ETag from then on
            assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == requests[puts[0]].body
        else:
            assert deletes
            with clients.refused("NoSuchKey", 404):
                s3.get_object(Bucket=bucket, Key=key)


def test_a_counter_that_loses_no_step(server, s3, bucket):
    """Clients add one with read and If-Match until they have their share: a lost update would show in the sum."""
    steps = 10
    s3.put_object(Bucket=bucket, Key="counter", Body=b"0")
    errors = []

    def count() -> None:
        try:
            with Connection(server) as connection:
                done = 0
                while done < steps:
                    connection.send(sigv4.sign(server, Request("GET", f"/{bucket}/counter")).head)
                    got = connection.answer("GET")
                    request = Request("PUT", f"/{bucket}/counter", body=str(int(got.body) + 1).encode(),
                                      headers=[("if-match", got.header("etag"))])
                    connection.send(sigv4.sign(server, request).head + request.body)
                    answer = connection.answer("PUT")
                    assert answer.status in (200, 409, 412), answer.body
                    done += answer.status == 200
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    assert s3.get_object(Bucket=bucket, Key="counter")["Body"].read() == str(8 * steps).encode()
