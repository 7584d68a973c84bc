"""boto3 with its default settings (which send a CRC32 with every upload): single objects."""

import datetime
import time

import pytest
import requests

import clients
import sigv4
from clients import refused

ALGORITHMS = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]


@pytest.mark.parametrize("size", [0, 1, 3000, 16_384, 16_385, 1 << 20, (1 << 20) + 1, 5_000_000])
def test_put_get_head_delete(s3, bucket, size):
    body = clients.pattern(size, "object")
    put = s3.put_object(Bucket=bucket, Key="key", Body=body)
    got = s3.get_object(Bucket=bucket, Key="key")
    assert got["Body"].read() == body
    head = s3.head_object(Bucket=bucket, Key="key")
    assert put["ETag"] == got["ETag"] == head["ETag"]
    assert head["ContentLength"] == got["ContentLength"] == size
    assert put["ChecksumType"] == "FULL_OBJECT" and put["ChecksumCRC32"]
    assert got["ChecksumCRC32"] == put["ChecksumCRC32"]
    assert s3.delete_object(Bucket=bucket, Key="key")["ResponseMetadata"]["HTTPStatusCode"] == 204
    with refused("NoSuchKey", 404):
        s3.get_object(Bucket=bucket, Key="key")
    with refused("404", 404):
        s3.head_object(Bucket=bucket, Key="key")
    s3.delete_object(Bucket=bucket, Key="key")  # again: also fine


def test_the_etag_is_the_md5(s3, bucket):
    assert s3.put_object(Bucket=bucket, Key="foo", Body=b"bar")["ETag"] == '"37b51d194a7513e45b56f6524f2d51f2"'


def test_a_stream_is_sent_and_read_in_pieces(s3, bucket, payload):
    with payload.open("rb") as file:
        s3.put_object(Bucket=bucket, Key="stream", Body=file)
    got = s3.get_object(Bucket=bucket, Key="stream")["Body"]
    pieces = list(got.iter_chunks(100_000))
    assert b"".join(pieces) == payload.read_bytes()


@pytest.mark.parametrize("key", [
    " ", '"', "$", "%", "&", "'", "<", ">", "_", "_ ", "_ _", "__", "/", "//a//b", "a/../b", "./.", "a+b c%20d",
    "?versionId=1", "ünïcödé/文字", "emoji 🚀", "a\tb", "x" * 1024, "=&;:@,!~*()[]{}|\\^`"])
def test_keys_are_kept_verbatim(s3, bucket, key):
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    s3.copy_object(Bucket=bucket, Key=key[:1000] + ".copy", CopySource={"Bucket": bucket, "Key": key})
    deleted = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key}, {"Key": key[:1000] + ".copy"}]})
    assert "Errors" not in deleted
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_metadata(s3, bucket):
    expires = datetime.datetime(2040, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
    given = {"ContentType": "text/plain; charset=utf-8", "CacheControl": "max-age=60", "ContentLanguage": "de",
             "ContentDisposition": 'attachment; filename="a b.txt"', "ContentEncoding": "gzip",
             "Metadata": {"plain": "value", "spaces": "a  b", "symbols": "a,b;c=d\"e"}}
    s3.put_object(Bucket=bucket, Key="key", Body=b"x", Expires=expires, **given)
    for answer in (s3.head_object(Bucket=bucket, Key="key"), s3.get_object(Bucket=bucket, Key="key")):
        assert {name: answer[name] for name in given} == given
        assert answer["ExpiresString"] == "Wed, 02 Jan 2040 03:04:05 GMT" or answer["Expires"] == expires

    overridden = s3.get_object(Bucket=bucket, Key="key", ResponseContentType="x/y", ResponseCacheControl="no-cache",
                               ResponseContentDisposition="inline", ResponseContentEncoding="br",
                               ResponseContentLanguage="en")
    assert (overridden["ContentType"], overridden["CacheControl"], overridden["ContentEncoding"]) == ("x/y", "no-cache", "br")


def test_metadata_that_is_not_ascii(server, bucket):
    """boto3 refuses such values, other clients send UTF-8 or a bare Latin-1 byte: both come back as they were."""
    for value in ("grün 文".encode(), b"Hello World\xe9"):
        put = sigv4.Request("PUT", f"/{bucket}/key", body=b"x", headers=[("x-amz-meta-town", value.decode("latin-1"))])
        assert sigv4.send(server, put).status == 200
        got = sigv4.send(server, sigv4.Request("GET", f"/{bucket}/key"))
        assert got.header("x-amz-meta-town").encode("latin-1") == value


@pytest.mark.parametrize("given, start, end", [
    ("bytes=0-0", 0, 1), ("bytes=10-19", 10, 20), ("bytes=1048570-1048590", 1048570, 1048591),
    ("bytes=2999990-", 2999990, 3_000_000), ("bytes=-7", 2999993, 3_000_000),
    ("bytes=2999999-4000000", 2999999, 3_000_000), ("bytes=-9999999", 0, 3_000_000)])
def test_ranges(s3, bucket, given, start, end):
    body = clients.pattern(3_000_000, "ranges")
    s3.put_object(Bucket=bucket, Key="key", Body=body)
    got = s3.get_object(Bucket=bucket, Key="key", Range=given)
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert got["ContentRange"] == f"bytes {start}-{end - 1}/{len(body)}"
    assert got["Body"].read() == body[start:end]
    assert s3.head_object(Bucket=bucket, Key="key", Range=given)["ContentLength"] == end - start


def test_conditional_reads(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="key", Body=b"x")["ETag"]
    modified = s3.head_object(Bucket=bucket, Key="key")["LastModified"]
    second = datetime.timedelta(seconds=1)
    s3.get_object(Bucket=bucket, Key="key", IfMatch=etag, IfUnmodifiedSince=modified - second)
    s3.get_object(Bucket=bucket, Key="key", IfNoneMatch='"other"')
    s3.get_object(Bucket=bucket, Key="key", IfModifiedSince=modified - second)
    for condition in ({"IfMatch": '"other"'}, {"IfUnmodifiedSince": modified - second}):
        with refused("PreconditionFailed", 412):
            s3.get_object(Bucket=bucket, Key="key", **condition)
    for condition in ({"IfNoneMatch": etag}, {"IfModifiedSince": modified}):
        with refused("304", 304):
            s3.get_object(Bucket=bucket, Key="key", **condition)


def test_conditional_writes(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="key", Body=b"1", IfNoneMatch="*")["ETag"]
    with refused("PreconditionFailed", 412):
        s3.put_object(Bucket=bucket, Key="key", Body=b"2", IfNoneMatch="*")
    second = s3.put_object(Bucket=bucket, Key="key", Body=b"3", IfMatch=etag)["ETag"]
    with refused("PreconditionFailed", 412):
        s3.put_object(Bucket=bucket, Key="key", Body=b"4", IfMatch=etag)
    with refused("NoSuchKey", 404):
        s3.put_object(Bucket=bucket, Key="missing", Body=b"5", IfMatch=etag)
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"3"
    with refused("PreconditionFailed", 412):
        s3.delete_object(Bucket=bucket, Key="key", IfMatch=etag)
    s3.delete_object(Bucket=bucket, Key="key", IfMatch=second)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_checksums_of_a_put(s3, bucket, algorithm):
    name = f"Checksum{algorithm}"
    body = b"A" * 1024
    put = s3.put_object(Bucket=bucket, Key="key", Body=body, ChecksumAlgorithm=algorithm)
    got = s3.get_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
    assert got["Body"].read() == body  # boto3 compares it with the checksum
    assert got[name] == put[name] and got["ChecksumType"] == "FULL_OBJECT"
    known = {"SHA256": "arcu6553sHVAiX4MjW0j7I7vD4w6R+Gz9Ok0Q9lTa+0=", "CRC64NVME": "Qeh8oXvGiSo="}
    if algorithm in known:
        assert put[name] == known[algorithm]
    listed = s3.list_objects_v2(Bucket=bucket)["Contents"][0]
    assert listed.get("ChecksumAlgorithm") == [algorithm]
    wrong = "AAAA" + put[name][4:]
    with refused("BadDigest", 400):
        s3.put_object(Bucket=bucket, Key="key", Body=body, **{name: wrong})
    assert s3.head_object(Bucket=bucket, Key="key")["ETag"] == put["ETag"]


def test_copies(s3, bucket):
    s3.put_object(Bucket=bucket, Key="small", Body=b"small", Metadata={"a": "1"}, ContentType="x/y")
    s3.put_object(Bucket=bucket, Key="large", Body=clients.pattern(3_000_000, "large"))
    for key in ("small", "large"):
        copied = s3.copy_object(Bucket=bucket, Key=f"{key}.copy", CopySource=f"{bucket}/{key}")["CopyObjectResult"]
        assert copied["ETag"] == s3.head_object(Bucket=bucket, Key=key)["ETag"]
        assert copied["ChecksumCRC32"]
        expected = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        s3.delete_object(Bucket=bucket, Key=key)  # the copy lives on its own
        assert s3.get_object(Bucket=bucket, Key=f"{key}.copy")["Body"].read() == expected
    head = s3.head_object(Bucket=bucket, Key="small.copy")
    assert (head["Metadata"], head["ContentType"]) == ({"a": "1"}, "x/y")

    s3.copy_object(Bucket=bucket, Key="small.copy", CopySource=f"{bucket}/small.copy", MetadataDirective="REPLACE",
                   Metadata={"b": "2"})
    assert s3.head_object(Bucket=bucket, Key="small.copy")["Metadata"] == {"b": "2"}
    with refused("InvalidRequest", 400):
        s3.copy_object(Bucket=bucket, Key="small.copy", CopySource=f"{bucket}/small.copy")
    with refused("NoSuchKey", 404):
        s3.copy_object(Bucket=bucket, Key="x", CopySource=f"{bucket}/missing")
    with refused("NoSuchBucket", 404):
        s3.copy_object(Bucket=bucket, Key="x", CopySource="no-such-bucket-here/missing")
    etag = head["ETag"]
    with refused("PreconditionFailed", 412):
        s3.copy_object(Bucket=bucket, Key="x", CopySource=f"{bucket}/small.copy", CopySourceIfNoneMatch=etag)
    with refused("PreconditionFailed", 412):
        s3.copy_object(Bucket=bucket, Key="large.copy", CopySource=f"{bucket}/small.copy", IfNoneMatch="*")


def test_presigned_urls(s3, bucket):
    params = {"Bucket": bucket, "Key": "a b/ü.txt"}
    put = s3.generate_presigned_url("put_object", Params=params | {"ContentType": "text/plain"}, ExpiresIn=60)
    assert requests.put(put, data=b"by link", headers={"Content-Type": "text/plain"}, timeout=30).status_code == 200
    get = s3.generate_presigned_url("get_object", Params=params | {"ResponseContentType": "x/y"}, ExpiresIn=60)
    answer = requests.get(get, timeout=30)
    assert (answer.content, answer.headers["Content-Type"]) == (b"by link", "x/y")
    head = s3.generate_presigned_url("head_object", Params=params, ExpiresIn=60)
    assert requests.head(head, timeout=30).headers["Content-Length"] == "7"
    delete = s3.generate_presigned_url("delete_object", Params=params, ExpiresIn=60)
    assert requests.delete(delete, timeout=30).status_code == 204
    assert requests.get(get, timeout=30).status_code == 404

    short = s3.generate_presigned_url("get_object", Params=params, ExpiresIn=1)
    time.sleep(2.1)  # it has to expire
    answer = requests.get(short, timeout=30)
    assert answer.status_code == 403 and "<Code>AccessDenied</Code>" in answer.text
    answer = requests.get(get.replace("Signature=", "Signature=0"), timeout=30)
    assert answer.status_code == 403 and "<Code>SignatureDoesNotMatch</Code>" in answer.text


def test_presigned_post(s3, bucket):
    fields = {"Content-Type": "text/plain", "x-amz-meta-a": "b", "success_action_status": "201"}
    conditions = [{"Content-Type": "text/plain"}, {"x-amz-meta-a": "b"}, {"success_action_status": "201"},
                  ["content-length-range", 1, 100], ["starts-with", "$key", "form/"]]
    form = s3.generate_presigned_post(bucket, "form/${filename}", Fields=fields, Conditions=conditions, ExpiresIn=60)
    answer = requests.post(form["url"], data=form["fields"], files={"file": ("name.txt", b"from a form")}, timeout=30)
    assert answer.status_code == 201 and "<Key>form/name.txt</Key>" in answer.text, answer.text
    got = s3.get_object(Bucket=bucket, Key="form/name.txt")
    assert (got["Body"].read(), got["ContentType"], got["Metadata"]) == (b"from a form", "text/plain", {"a": "b"})

    answer = requests.post(form["url"], data=form["fields"], files={"file": ("large", b"x" * 101)}, timeout=30)
    assert answer.status_code == 400 and "<Code>EntityTooLarge</Code>" in answer.text
    changed = form["fields"] | {"x-amz-meta-a": "c"}
    answer = requests.post(form["url"], data=changed, files={"file": ("name", b"x")}, timeout=30)
    assert answer.status_code == 403 and "<Code>AccessDenied</Code>" in answer.text
    unsigned = {name: value for name, value in form["fields"].items() if name not in ("policy", "x-amz-signature")}
    answer = requests.post(form["url"], data=unsigned, files={"file": ("name", b"x")}, timeout=30)
    assert answer.status_code in (400, 403)
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["form/name.txt"]


def test_attributes(s3, bucket):
    body = clients.pattern(2_000_000, "attributes")
    put = s3.put_object(Bucket=bucket, Key="key", Body=body, ChecksumAlgorithm="SHA256")
    wanted = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]
    got = s3.get_object_attributes(Bucket=bucket, Key="key", ObjectAttributes=wanted)
    assert got["ETag"] == put["ETag"].strip('"')
    assert got["ObjectSize"] == len(body) and got["StorageClass"] == "STANDARD"
    assert got["Checksum"]["ChecksumSHA256"] == put["ChecksumSHA256"]
    assert "ObjectParts" not in got
    assert "ETag" not in s3.get_object_attributes(Bucket=bucket, Key="key", ObjectAttributes=["ObjectSize"])
