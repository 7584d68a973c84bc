"""Wrong requests: each gets its exact error, stores nothing, and leaves the server as it was."""

import base64
import hashlib
import re
import socket
import zlib

import pytest

import sigv4
from sigv4 import Connection, Request, send

SMALL = b"small enough to stay in the row"
LARGE = b"large enough for blocks; " * 100_000
ALGORITHMS = {"crc32": 4, "crc32c": 4, "crc64nvme": 8, "sha1": 20, "sha256": 32}


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


@pytest.fixture
def empty(server, s3, bucket):
    """A bucket in which there is nothing, and nothing has come when the test is over."""
    yield bucket
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket), "something was stored"
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket), "an upload was left behind"


def check(answer, status: int, code: str | None) -> None:
    assert (answer.status, answer.code) == (status, code), (answer.status, answer.body)
    assert answer.header("x-amz-request-id")
    if code:
        assert answer.header("content-type") == "application/xml"
        assert f"<RequestId>{answer.header('x-amz-request-id')}</RequestId>".encode() in answer.body


def put(bucket: str, key: str = "key", body: bytes = SMALL, **options) -> Request:
    return Request("PUT", f"/{bucket}/{key}", body=body, **options)


# --- Who sends it, and when ---


@pytest.mark.parametrize("options, status, code", [
    ({"secret_key": "0" * 64}, 403, "SignatureDoesNotMatch"),
    ({"access_key": "GK" + "0" * 24}, 403, "InvalidAccessKeyId"),
    ({"age_seconds": 16 * 60}, 403, "RequestTimeTooSkewed"),
    ({"age_seconds": -16 * 60}, 403, "RequestTimeTooSkewed"),
    ({"age_seconds": 30 * 86400}, 403, "RequestTimeTooSkewed"),
    ({"region": "elsewhere"}, 400, "AuthorizationHeaderMalformed"),
    ({"scope_date": "20200101"}, 400, "AuthorizationHeaderMalformed"),
    ({"unsigned_headers": [("x-amz-meta-added", "later")]}, 403, "AccessDenied"),
    ({"payload": "nonsense"}, 400, "InvalidArgument"),
    ({"payload": "STREAMING-UNSIGNED-PAYLOAD"}, 400, "InvalidRequest"),
    ({"payload": "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"}, 501, "NotImplemented"),
], ids=str)
def test_signatures(server, empty, options, status, code):
    answer = send(server, put(empty, **options))
    check(answer, status, code)
    if "region" in options:
        assert b"<Region>garage</Region>" in answer.body


@pytest.mark.parametrize("change, status, code", [
    (lambda head: head.replace(b"Signature=", b"Signature=f"), 403, "SignatureDoesNotMatch"),
    (lambda head: head.replace(b"/key HTTP", b"/kez HTTP"), 403, "SignatureDoesNotMatch"),
    (lambda head: head.replace(b"Credential=", b"Credentials="), 400, "AuthorizationHeaderMalformed"),
    (lambda head: head.replace(b"/s3/aws4_request", b"/ec2/aws4_request"), 400, "AuthorizationHeaderMalformed"),
    (lambda head: head.replace(b"AWS4-HMAC-SHA256 ", b"AWS9-HMAC-SHA256 "), 400, "InvalidRequest"),
    (lambda head: head.replace(b"host;", b""), 403, "AccessDenied"),
    (lambda head: head.replace(b"x-amz-date:", b"x-other-date:"), 403, "AccessDenied"),
    (lambda head: head.replace(b"x-amz-content-sha256:", b"x-other:"), 400, "InvalidRequest"),
    (lambda head: re.sub(rb"authorization: [^\r]*\r\n", b"", head), 403, "AccessDenied"),
    (lambda head: re.sub(rb"authorization: [^\r]*", b"authorization: ", head), 403, "AccessDenied"),
])
def test_changed_heads(server, empty, change, status, code):
    head = sigv4.sign(server, put(empty)).head
    assert change(head) != head
    with Connection(server) as connection:
        connection.send(change(head) + SMALL)
        check(connection.answer("PUT"), status, code)


@pytest.mark.parametrize("change, status, code", [
    ({"X-Amz-Expires": "0"}, 403, "AccessDenied"), ({"X-Amz-Expires": "-7"}, 403, "AccessDenied"),
    ({"X-Amz-Expires": "609901"}, 403, "AccessDenied"), ({"X-Amz-Expires": "soon"}, 400, "AuthorizationQueryParametersError"),
    ({"X-Amz-Expires": None}, 400, "AuthorizationQueryParametersError"),
    ({"X-Amz-Signature": "0" * 64}, 403, "SignatureDoesNotMatch"),
    ({"X-Amz-Date": "20200101T000000Z"}, 403, "AccessDenied"),
], ids=str)
def test_presigned_urls(server, s3, empty, change, status, code):
    url = s3.generate_presigned_url("get_object", Params={"Bucket": empty, "Key": "key"})
    target, query = url.removeprefix(server.endpoint).split("?")
    fields = dict(pair.split("=", 1) for pair in query.split("&")) | change
    query = "&".join(f"{name}={value}" for name, value in fields.items() if value is not None)
    with Connection(server) as connection:
        connection.send(f"GET {target}?{query} HTTP/1.1\r\nhost: 127.0.0.1:{server.s3_port}\r\n\r\n".encode())
        check(connection.answer("GET"), status, code)


def test_no_continue_before_the_request_is_allowed(server, empty):
    signed = sigv4.sign(server, put(empty, unsigned_headers=[("expect", "100-continue")], secret_key="0" * 64))
    with Connection(server) as connection:
        connection.send(signed.head)
        assert connection.socket.recv(12, socket.MSG_PEEK) == b"HTTP/1.1 403"
        check(connection.answer("PUT"), 403, "SignatureDoesNotMatch")


def test_a_continue_for_an_empty_body_too(server, bucket):
    """The AWS command line sends this for an empty file, and misreads the answer to its next request if no 100 comes."""
    head = sigv4.sign(server, put(bucket, body=b"", unsigned_headers=[("expect", "100-continue")])).head
    with Connection(server) as connection:
        for _ in range(2):
            connection.send(head)
            assert connection.socket.recv(25, socket.MSG_WAITALL) == b"HTTP/1.1 100 Continue\r\n\r\n"
            check(connection.answer("PUT"), 200, None)


# --- Bodies that are not what was said ---


@pytest.mark.parametrize("body", [SMALL, LARGE], ids=["small", "large"])
def test_a_body_that_ends_early(server, empty, body):
    with Connection(server) as connection:
        connection.send(sigv4.sign(server, put(empty, body=body, payload=sigv4.UNSIGNED, length=len(body) + 1)).head + body)
        connection.end_of_sending()
        check(connection.answer("PUT"), 400, "IncompleteBody")


def test_a_body_whose_sender_hangs_up(server, empty):
    for sent in (b"", SMALL, LARGE):
        with Connection(server) as connection:
            connection.send(sigv4.sign(server, put(empty, payload=sigv4.UNSIGNED, length=len(LARGE) + 1)).head + sent)


def test_bytes_after_a_body_are_not_part_of_it(server, s3, bucket):
    """They are the next request, and no good one."""
    with Connection(server) as connection:
        connection.send(sigv4.sign(server, put(bucket)).head + SMALL + b"and more\r\n\r\n")
        check(connection.answer("PUT"), 200, None)
        assert connection.answer("GET").status == 400
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == SMALL


@pytest.mark.parametrize("body", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_checksums_that_differ(server, empty, algorithm, body):
    wrong = b64(b"\x01" * ALGORITHMS[algorithm])
    check(send(server, put(empty, body=body, headers=[(f"x-amz-checksum-{algorithm}", wrong)])), 400, "BadDigest")


@pytest.mark.parametrize("headers, code", [
    ([("content-md5", b64(bytes(16)))], "BadDigest"),
    ([("content-md5", "")], "InvalidDigest"),
    ([("content-md5", "not base64!")], "InvalidDigest"),
    ([("content-md5", b64(bytes(15)))], "InvalidDigest"),
    ([("x-amz-checksum-crc32", "bad")], "BadDigest"),
    ([("x-amz-checksum-crc32", b64(zlib.crc32(SMALL).to_bytes(4))),
      ("x-amz-checksum-sha1", b64(hashlib.sha1(SMALL).digest()))], "InvalidRequest"),
    ([("x-amz-checksum-md2", b64(bytes(16)))], "InvalidRequest"),
    ([("x-amz-sdk-checksum-algorithm", "CRC32")], "InvalidRequest"),
], ids=str)
def test_digests(server, empty, headers, code):
    check(send(server, put(empty, headers=headers)), 400, code)


@pytest.mark.parametrize("body", [SMALL, LARGE], ids=["small", "large"])
def test_a_hash_of_another_body(server, empty, body):
    check(send(server, put(empty, body=body, payload=sigv4.sha256_hex(b"another"))), 400, "XAmzContentSHA256Mismatch")


@pytest.mark.parametrize("lines, status, code", [
    (b"", 411, "MissingContentLength"), (b"content-length: \r\n", 400, "BadRequest"),
    (b"content-length: -1\r\n", 400, "BadRequest"), (b"content-length: 4x\r\n", 400, "BadRequest"),
    (b"content-length: 1\r\ncontent-length: 2\r\n", 400, "BadRequest"),
    (b"content-length: 31\r\ntransfer-encoding: chunked\r\n", 400, "BadRequest"),
    (b"content-length: 5368709121\r\n", 400, "EntityTooLarge"),
], ids=str)
def test_lengths(server, empty, lines, status, code):
    head = sigv4.sign(server, put(empty, payload=sigv4.UNSIGNED)).head
    with Connection(server) as connection:
        connection.send(head.replace(f"content-length: {len(SMALL)}\r\n".encode(), lines))
        check(connection.answer("PUT"), status, code)


# --- aws-chunked ---

CHUNKS = [b"a" * 70_000, b"b" * 8192, b"c"]
WHOLE = b"".join(CHUNKS)
TRAILER = [("x-amz-checksum-crc32", b64(zlib.crc32(WHOLE).to_bytes(4)))]


def chunked(bucket: str, payload: str, signed: bool, trailers=(), decoded: int | None = len(WHOLE), **options) -> Request:
    headers = [("content-encoding", "aws-chunked")]
    if decoded is not None:
        headers.append(("x-amz-decoded-content-length", str(decoded)))
    if trailers:
        headers.append(("x-amz-trailer", "x-amz-checksum-crc32"))
    length = sigv4.aws_chunked_length(CHUNKS, signed, trailers)
    return Request("PUT", f"/{bucket}/key", payload=payload, headers=headers, length=length, **options)


@pytest.mark.parametrize("payload, signed, trailers", [(sigv4.STREAMING, True, []), (sigv4.STREAMING_TRAILER, True, TRAILER),
                                                       (sigv4.UNSIGNED_TRAILER, False, TRAILER)])
def test_chunks_as_they_should_be(server, s3, bucket, payload, signed, trailers):
    """Without this one the refusals below would prove little."""
    head = sigv4.sign(server, chunked(bucket, payload, signed, trailers))
    with Connection(server) as connection:
        connection.send(head.head + sigv4.aws_chunked(head if signed else None, CHUNKS, trailers))
        answer = connection.answer("PUT")
    check(answer, 200, None)
    assert answer.header("x-amz-checksum-crc32") == (TRAILER[0][1] if trailers else None)
    got = s3.get_object(Bucket=bucket, Key="key")
    assert got["Body"].read() == WHOLE and "ContentEncoding" not in got


def flip(body: bytes, at: int) -> bytes:
    return body[:at] + bytes([body[at] ^ 1]) + body[at + 1:]


@pytest.mark.parametrize("change, status, code", [
    (lambda body: body.replace(b"chunk-signature=", b"chunk-signature=0", 1)[:len(body)], 403, "SignatureDoesNotMatch"),
    (lambda body: flip(body, 1000), 403, "SignatureDoesNotMatch"),
    (lambda body: flip(body, body.rindex(b"signature=") + 12), 403, "SignatureDoesNotMatch"),
    (lambda body: b"z" + body[1:], 400, "IncompleteBody"),
    (lambda body: body.replace(b";chunk-signature", b";chonk-signature", 1), 400, "IncompleteBody"),
], ids=["first signature", "a byte of a chunk", "last signature", "size", "extension"])
def test_chunks_that_were_changed(server, empty, change, status, code):
    signed = sigv4.sign(server, chunked(empty, sigv4.STREAMING, True))
    body = sigv4.aws_chunked(signed, CHUNKS)
    assert change(body) != body and len(change(body)) == len(body)
    with Connection(server) as connection:
        connection.send(signed.head + change(body))
        check(connection.answer("PUT"), status, code)


def test_chunks_that_end_early(server, empty):
    signed = sigv4.sign(server, chunked(empty, sigv4.STREAMING, True))
    body = sigv4.aws_chunked(signed, CHUNKS)
    for end in (50, 5000, 75_000, len(body) - 95, len(body) - 2):
        with Connection(server) as connection:
            connection.send(signed.head + body[:end])
            connection.end_of_sending()
            check(connection.answer("PUT"), 400, "IncompleteBody")


@pytest.mark.parametrize("decoded, status, code", [
    (len(WHOLE) - 1, 400, "IncompleteBody"), (len(WHOLE) + 1, 400, "IncompleteBody"), (None, 411, "MissingContentLength")])
def test_a_decoded_length_that_is_wrong(server, empty, decoded, status, code):
    signed = sigv4.sign(server, chunked(empty, sigv4.STREAMING, True, decoded=decoded))
    with Connection(server) as connection:
        connection.send(signed.head + sigv4.aws_chunked(signed, CHUNKS))
        check(connection.answer("PUT"), status, code)


@pytest.mark.parametrize("signed", [True, False], ids=["signed", "unsigned"])
@pytest.mark.parametrize("change, status, code", [
    (lambda body: body.replace(TRAILER[0][1].encode(), b"AAAAAA=="), 400, "BadDigest"),
    (lambda body: body.replace(b"x-amz-checksum-crc32:", b"x-amz-checksum-crc99:"), 400, "MalformedTrailerError"),
], ids=["value", "name"])
def test_trailers_that_were_changed(server, empty, signed, change, status, code):
    payload = sigv4.STREAMING_TRAILER if signed else sigv4.UNSIGNED_TRAILER
    head = sigv4.sign(server, chunked(empty, payload, signed, TRAILER))
    body = sigv4.aws_chunked(head if signed else None, CHUNKS, TRAILER)
    assert change(body) != body
    with Connection(server) as connection:
        connection.send(head.head + change(body))
        answer = connection.answer("PUT")
    if signed and code == "BadDigest":
        status, code = 403, "SignatureDoesNotMatch"
    check(answer, status, code)


def test_a_chunk_larger_than_the_body(server, empty):
    signed = sigv4.sign(server, chunked(empty, sigv4.STREAMING, True))
    with Connection(server) as connection:
        connection.send(signed.head + b"ffffffff;chunk-signature=" + b"0" * 64 + b"\r\n")
        check(connection.answer("PUT"), 400, "IncompleteBody")


# --- Names, parameters, documents ---


@pytest.mark.parametrize("name", ["ab", "a" * 64, "Upper", "under_score", "-dash", "dash-", "two..dots", "dot.-dash", "192.168.1.1",
                                  "xn--name", "sthree-name", "name-s3alias", "name--ol-s3", "spa%20ce"])
def test_bucket_names(server, name):
    check(send(server, Request("PUT", f"/{name}")), 400, "InvalidBucketName")


@pytest.mark.parametrize("method, path, query, status, code", [
    ("PUT", "/{bucket}/" + "k" * 1025, "", 400, "KeyTooLongError"),
    ("PUT", "/{bucket}/" + "%C3%BC" * 513, "", 400, "KeyTooLongError"),
    ("GET", "/{bucket}/%ff%fe", "", 400, "InvalidURI"),
    ("GET", "/{bucket}/a%00b", "", 400, "InvalidURI"),
    ("GET", "/{bucket}/a%zz", "", 400, "InvalidURI"),
    ("GET", "/no-such-bucket-here/key", "", 404, "NoSuchBucket"),
    ("GET", "/{bucket}/missing", "", 404, "NoSuchKey"),
    ("GET", "/{bucket}", "list-type=3", 400, "InvalidArgument"),
    ("GET", "/{bucket}", "list-type=2&max-keys=blah", 400, "InvalidArgument"),
    ("GET", "/{bucket}", "max-keys=-1", 400, "InvalidArgument"),
    ("GET", "/{bucket}", "encoding-type=rot13", 400, "InvalidArgument"),
    ("GET", "/{bucket}", "versions&version-id-marker=x", 400, "InvalidArgument"),
    ("GET", "/{bucket}", "acl&uploads", 400, "InvalidRequest"),
    ("PATCH", "/{bucket}/key", "", 405, "MethodNotAllowed"),
    ("POST", "/{bucket}/key", "", 405, "MethodNotAllowed"),
    ("PUT", "/", "", 405, "MethodNotAllowed"),
    ("PUT", "/{bucket}/key", "partNumber=1&uploadId=none", 404, "NoSuchUpload"),
    ("GET", "/{bucket}/key", "uploadId=none", 404, "NoSuchUpload"),
    ("DELETE", "/{bucket}/key", "uploadId=none", 404, "NoSuchUpload"),
    ("GET", "/{bucket}/key", "torrent", 404, "NoSuchKey"),
    ("GET", "/{bucket}/key", "versionId=nonsense", None, None),
])
def test_names_and_parameters(server, empty, method, path, query, status, code):
    answer = send(server, Request(method, path.format(bucket=empty), query=query))
    if status is None:
        assert answer.status in (400, 404), answer.body
    else:
        check(answer, status, code)


@pytest.mark.parametrize("method, target, keyword", [
    ("PUT", "bucket", "policy"), ("PUT", "bucket", "versioning"), ("PUT", "bucket", "lifecycle"), ("PUT", "bucket", "encryption"), ("PUT", "bucket", "acl"),
    ("PUT", "bucket", "notification"), ("PUT", "bucket", "replication"), ("PUT", "key", "acl"),
    ("POST", "key", "restore"), ("POST", "key", "select"), ("PUT", "key", "renameObject"), ("GET", "bucket", "session"),
    ("PUT", "key", "annotation&annotationName=n"), ("PUT", "bucket", "abac"), ("DELETE", "bucket", "of-another-store&id=x"),
])
def test_what_is_not_built(server, empty, method, target, keyword):
    path = f"/{empty}" + ("/key" if target == "key" else "")
    check(send(server, Request(method, path, query=keyword)), 501, "NotImplemented")


@pytest.mark.parametrize("keyword, code", [
    ("policy", "NoSuchBucketPolicy"), ("cors", "NoSuchCORSConfiguration"), ("lifecycle", "NoSuchLifecycleConfiguration"),
    ("website", "NoSuchWebsiteConfiguration"), ("encryption", "ServerSideEncryptionConfigurationNotFoundError"),
    ("object-lock", "ObjectLockConfigurationNotFoundError"), ("replication", "ReplicationConfigurationNotFoundError"),
    ("tagging", "NoSuchTagSet"),
])
def test_settings_that_no_bucket_has(server, empty, keyword, code):
    check(send(server, Request("GET", f"/{empty}", query=keyword)), 404, code)


@pytest.mark.parametrize("given", ["bytes=31-", "bytes=31-40", "bytes=-0", "bytes=100000000000000000000-"])
def test_ranges_outside(server, s3, bucket, given):
    s3.put_object(Bucket=bucket, Key="key", Body=SMALL)
    answer = send(server, Request("GET", f"/{bucket}/key", headers=[("range", given)]))
    check(answer, 416, "InvalidRange")
    assert answer.header("content-range") == "bytes */31"
    answer = send(server, Request("HEAD", f"/{bucket}/key", headers=[("range", given)]))
    assert (answer.status, answer.body) == (416, b"")


@pytest.mark.parametrize("given", ["bytes=5-2", "bytes=a-b", "lines=1-2", "bytes=0-1,3-4", "bytes"])
def test_ranges_that_are_none(server, s3, bucket, given):
    s3.put_object(Bucket=bucket, Key="key", Body=SMALL)
    answer = send(server, Request("GET", f"/{bucket}/key", headers=[("range", given)]))
    check(answer, 200, None)
    assert answer.body == SMALL


BOMB = b'<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;">]>'
NAMESPACE = b'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


@pytest.mark.parametrize("document", [
    b"", b"not xml", b"<Delete>", b"<Delete></Delete>", b"<Other><Object><Key>a</Key></Object></Other>",
    b"<Delete><Object></Object></Delete>", b"<Delete><Object><Key></Key></Object></Delete>",
    BOMB + b"<Delete><Object><Key>&y;</Key></Object></Delete>", b"<Delete><Object><Key>a\x00b</Key></Object></Delete>",
    b"<a>" * 5000, b"<Delete " + NAMESPACE + b"><Object><Key>a</Key></Object>",
    b"<Delete>" + b"<Object><Key>a</Key></Object>" * 1001 + b"</Delete>",
    b"<Delete><Object><Key>\xff\xfe</Key></Object></Delete>",
])
def test_delete_documents(server, s3, bucket, document):
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    check(send(server, Request("POST", f"/{bucket}", query="delete", body=document)), 400, "MalformedXML")
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1


def complete(part: bytes) -> bytes:
    return b"<CompleteMultipartUpload><Part>" + part + b"</Part></CompleteMultipartUpload>"


@pytest.mark.parametrize("document, code", [
    (b"", "MalformedXML"), (b"<a/>", "MalformedXML"), (b"<CompleteMultipartUpload/>", "MalformedXML"),
    (complete(b"<PartNumber>1</PartNumber>"), "MalformedXML"),
    (complete(b"<PartNumber>0</PartNumber><ETag>e</ETag>"), "InvalidPart"),
    (complete(b"<PartNumber>1</PartNumber><ETag>nonsense</ETag>"), "InvalidPart"),
    (complete(b"<PartNumber>x</PartNumber><ETag>e</ETag>"), "InvalidPart"),
])
def test_complete_documents(server, s3, bucket, document, code):
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="key")["UploadId"]
    s3.upload_part(Bucket=bucket, Key="key", UploadId=upload_id, PartNumber=1, Body=SMALL)
    answer = send(server, Request("POST", f"/{bucket}/key", query=f"uploadId={upload_id}", body=document))
    check(answer, 400, code)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    assert len(s3.list_parts(Bucket=bucket, Key="key", UploadId=upload_id)["Parts"]) == 1


def test_create_bucket_documents(server):
    for document in (b"<nonsense", b"<Other/>", BOMB + b"<CreateBucketConfiguration/>"):
        check(send(server, Request("PUT", "/never-created-bucket", body=document)), 400, "MalformedXML")
    document = b"<CreateBucketConfiguration><LocationConstraint>mars</LocationConstraint></CreateBucketConfiguration>"
    check(send(server, Request("PUT", "/never-created-bucket", body=document)), 400, "InvalidLocationConstraint")
    check(send(server, Request("GET", "/never-created-bucket")), 404, "NoSuchBucket")


def test_documents_without_end(server, bucket):
    with Connection(server) as connection:
        request = Request("POST", f"/{bucket}", query="delete", payload=sigv4.UNSIGNED, length=1 << 30)
        connection.send(sigv4.sign(server, request).head)
        check(connection.answer("POST"), 400, "MaxMessageLengthExceeded")


@pytest.mark.parametrize("headers, status, code", [
    ([("x-amz-meta-a", "x" * 2049)], 400, "MetadataTooLarge"),
    ([(f"x-amz-meta-{number}", "x" * 100) for number in range(30)], 400, "MetadataTooLarge"),
    ([("x-amz-storage-class", "CHEAPER")], 400, "InvalidStorageClass"),
    ([("x-amz-expected-bucket-owner", "somebody-else")], 403, "AccessDenied"),
    ([("x-amz-copy-source", "no-such-bucket-here/key")], 404, "NoSuchBucket"),
    ([("x-amz-copy-source", "nonsense")], 400, "InvalidArgument"),
    ([("if-match", '"0123456789abcdef0123456789abcdef"')], 404, "NoSuchKey"),
    ([("x-amz-website-redirect-location", "elsewhere")], 400, "InvalidRequest"),
], ids=lambda value: str(value)[:60])
def test_headers_of_a_put(server, empty, headers, status, code):
    check(send(server, put(empty, headers=headers)), status, code)


# --- What is not even a request ---


@pytest.mark.parametrize("raw, status", [
    (b"nonsense\r\n\r\n", 400), (b"GET / HTTP/1.1\r\n\r\n", 400), (b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", 400),
    (b"GET / HTTP/9.9\r\nhost: a\r\n\r\n", 505), (b"GET / HTTP/1.1\r\nhost: a\r\nx y: z\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nhost: a\r\n folded: z\r\n\r\n", 400), (b"GET / HTTP/1.1\r\nhost: a\r\na: \x00\r\n\r\n", 400),
    (b"GET /" + b"a" * 10_000 + b" HTTP/1.1\r\nhost: a\r\n\r\n", 414),
    (b"GET / HTTP/1.1\r\nhost: a\r\n" + b"a: b\r\n" * 200 + b"\r\n", 431),
    (b"GET / HTTP/1.1\r\nhost: a\r\na: " + b"b" * 20_000 + b"\r\n\r\n", 431),
    (b"PUT /a/b HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip, chunked\r\n\r\n", 400),
], ids=lambda value: str(value)[:50])
def test_no_request_at_all(server, raw, status):
    with Connection(server) as connection:
        connection.send(raw)
        assert connection.answer("GET").status == status


def test_the_server_is_as_it_was(server, s3, bucket):
    """After all of the above, in the same process."""
    s3.put_object(Bucket=bucket, Key="key", Body=LARGE)
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == LARGE
    assert server.process.poll() is None
    server.check_log()
