"""A small client of our own: signs requests (AWS signature version 4) and sends them over a bare socket, so that a test can
send what no decent library would.

    answer = send(server, Request("PUT", "/bucket/key", body=b"x"))
    assert (answer.status, answer.code) == (200, None)
"""

import dataclasses
import datetime
import hashlib
import hmac
import re
import socket
from urllib.parse import parse_qsl, quote

UNSIGNED = "UNSIGNED-PAYLOAD"
STREAMING = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
STREAMING_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
TIMEOUT_SECONDS = 60


def sha256_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclasses.dataclass
class Request:
    """What is to be sent. The path and the query are as on the wire; header values are Latin-1 text."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""
    headers: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    unsigned_headers: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    payload: str | None = None  # x-amz-content-sha256; the hash of the body if not given
    length: int | None = None  # Content-Length; that of the body if not given
    age_seconds: int = 0  # how old the date is; negative: of the future
    region: str | None = None
    access_key: str | None = None
    secret_key: str | None = None
    scope_date: str | None = None  # yyyymmdd of the scope; that of the date if not given


@dataclasses.dataclass
class Signed:
    """The head as bytes, and what a chunked body needs to go on signing."""

    head: bytes
    signature: str
    key: bytes
    stamp: str
    scope: str


@dataclasses.dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for one, value in self.headers if one == name.lower()), None)

    @property
    def code(self) -> str | None:
        """<Code> of an error's document."""
        found = re.search(rb"<Code>([^<]+)</Code>", self.body)
        return found[1].decode() if found else None


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _canonical_query(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    return "&".join(sorted(f"{quote(name, safe='-._~')}={quote(value, safe='-._~')}" for name, value in pairs))


def sign(server, request: Request) -> Signed:
    now = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=request.age_seconds)
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    date = request.scope_date or stamp[:8]
    scope = f"{date}/{request.region or server.region}/s3/aws4_request"
    payload = request.payload or sha256_hex(request.body)
    host = f"127.0.0.1:{server.s3_port}"
    headers = [("host", host), ("x-amz-date", stamp), ("x-amz-content-sha256", payload), *request.headers]
    names = sorted({name.lower() for name, _ in headers})
    lines = "".join(f"{name}:{','.join(' '.join(v.split()) for n, v in headers if n.lower() == name)}\n" for name in names)
    signed_names = ";".join(names)
    canonical = "\n".join([request.method, request.path, _canonical_query(request.query), lines, signed_names, payload])
    to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{sha256_hex(canonical.encode('latin-1'))}"
    key = ("AWS4" + (request.secret_key or server.secret_key)).encode()
    for step in (date, request.region or server.region, "s3", "aws4_request"):
        key = _hmac(key, step)
    signature = _hmac(key, to_sign).hex()
    credential = f"{request.access_key or server.access_key}/{scope}"
    authorization = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={signed_names}, Signature={signature}"
    length = len(request.body) if request.length is None else request.length
    sent = [*headers, *request.unsigned_headers, ("authorization", authorization)]
    if request.method in ("PUT", "POST") or length:
        sent.append(("content-length", str(length)))
    target = request.path + (f"?{request.query}" if request.query else "")
    head = f"{request.method} {target} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in sent) + "\r\n"
    return Signed(head.encode("latin-1"), signature, key, stamp, scope)


class Connection:
    """A socket to the S3 port. Sends bytes as they are; reads answers one by one."""

    def __init__(self, server):
        self.socket = socket.create_connection(("127.0.0.1", server.s3_port), timeout=TIMEOUT_SECONDS)
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data: bytes) -> None:
        """A server that has answered an error may not read on: that is for `answer` to see."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def end_of_sending(self) -> None:
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def _more(self) -> bytes:
        data = self.socket.recv(1 << 16)
        if not data:
            raise ConnectionError(f"the connection ended in the middle of an answer: {self.rest[:200]!r}")
        return data

    def answer(self, method: str) -> Answer:
        while True:
            while b"\r\n\r\n" not in self.rest:
                self.rest += self._more()
            head, self.rest = self.rest.split(b"\r\n\r\n", 1)
            status_line, *lines = head.decode("latin-1").split("\r\n")
            status = int(status_line.split()[1])
            if status >= 200:
                break
        headers = [(name.lower(), value.strip()) for name, value in (line.split(":", 1) for line in lines)]
        answer = Answer(status, headers, b"")
        length = 0 if method == "HEAD" or status in (204, 304) else int(answer.header("content-length") or 0)
        while len(self.rest) < length:
            self.rest += self._more()
        answer.body, self.rest = self.rest[:length], self.rest[length:]
        return answer


def send(server, request: Request) -> Answer:
    """Signs, sends head and body, and reads the answer, on a connection of its own."""
    with Connection(server) as connection:
        connection.send(sign(server, request).head + request.body)
        return connection.answer(request.method)


def chunk_signature(signed: Signed, previous: str, data: bytes) -> str:
    text = f"AWS4-HMAC-SHA256-PAYLOAD\n{signed.stamp}\n{signed.scope}\n{previous}\n{sha256_hex(b'')}\n{sha256_hex(data)}"
    return _hmac(signed.key, text).hex()


def trailer_signature(signed: Signed, previous: str, trailers: list[tuple[str, str]]) -> str:
    lines = "".join(f"{name}:{value}\n" for name, value in sorted(trailers))
    text = f"AWS4-HMAC-SHA256-TRAILER\n{signed.stamp}\n{signed.scope}\n{previous}\n{sha256_hex(lines.encode())}"
    return _hmac(signed.key, text).hex()


def aws_chunked_length(chunks: list[bytes], signed: bool, trailers: list[tuple[str, str]] = ()) -> int:
    per_chunk = len(";chunk-signature=") + 64 if signed else 0
    length = sum(len(f"{len(chunk):x}") + per_chunk + 4 + len(chunk) for chunk in chunks) + 1 + per_chunk + 2 + 2
    length += sum(len(f"{name}:{value}\r\n") for name, value in trailers)
    return length + (len("x-amz-trailer-signature:") + 64 + 2 if signed and trailers else 0)


def aws_chunked(signed: Signed | None, chunks: list[bytes], trailers: list[tuple[str, str]] = ()) -> bytes:
    """The body of an aws-chunked upload; without `signed` its unsigned form."""
    out, previous = b"", signed.signature if signed else ""
    for chunk in [*chunks, b""]:
        extension = ""
        if signed:
            previous = chunk_signature(signed, previous, chunk)
            extension = f";chunk-signature={previous}"
        out += f"{len(chunk):x}{extension}\r\n".encode() + (chunk + b"\r\n" if chunk else b"")
    out += b"".join(f"{name}:{value}\r\n".encode() for name, value in trailers)
    if signed and trailers:
        out += f"x-amz-trailer-signature:{trailer_signature(signed, previous, trailers)}\r\n".encode()
    return out + b"\r\n"
