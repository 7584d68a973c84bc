"""boto3: multipart uploads, with every checksum, resumed, listed, copied, aborted."""

import itertools

import pytest

import clients
from clients import refused

PART = 5 << 20
PARTS = [b"A" * PART, b"B" * PART, b"C" * PART]

# Of the three parts above: algorithm, type, and the checksum of the whole as AWS gives it.
KNOWN = [("CRC32", "FULL_OBJECT", "WgDhBQ=="), ("CRC32C", "FULL_OBJECT", "xU+Krw=="),
         ("CRC64NVME", "FULL_OBJECT", "i+6LR0y3eFo="), ("SHA1", "COMPOSITE", "sizjvY4eud3MrcHdZM3cQ/ol39o=-3"),
         ("SHA256", "COMPOSITE", "uWBwpe1dxI4Vw8Gf0X9ynOdw/SS6VBzfWm9giiv1sf4=-3"), ("CRC32", "COMPOSITE", None),
         ("CRC32C", "COMPOSITE", None)]


def upload_parts(s3, bucket, key, upload_id, bodies=PARTS, **options):
    return [{"PartNumber": number} |
            {name: value for name, value in
             s3.upload_part(Bucket=bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=body, **options).items()
             if name == "ETag" or (name.startswith("Checksum") and name != "ChecksumType")}
            for number, body in enumerate(bodies, 1)]


@pytest.mark.parametrize("algorithm, kind, expected", KNOWN)
def test_checksums(s3, bucket, algorithm, kind, expected):
    name = f"Checksum{algorithm}"
    upload = s3.create_multipart_upload(Bucket=bucket, Key="key", ChecksumAlgorithm=algorithm, ChecksumType=kind,
                                        Metadata={"a": "b"})
    assert (upload["ChecksumAlgorithm"], upload["ChecksumType"]) == (algorithm, kind)
    parts = upload_parts(s3, bucket, "key", upload["UploadId"], ChecksumAlgorithm=algorithm)
    assert all(part[name] for part in parts)
    done = s3.complete_multipart_upload(Bucket=bucket, Key="key", UploadId=upload["UploadId"],
                                        MultipartUpload={"Parts": parts})
    assert done["ETag"] == '"b2add96cc9702bbf4efb0ccdfc6b7747-3"'
    assert done["ChecksumType"] == kind
    assert expected is None or done[name] == expected
    assert kind == "FULL_OBJECT" or done[name].endswith("-3")

    got = s3.get_object(Bucket=bucket, Key="key")
    assert got["Body"].read() == b"".join(PARTS)
    assert (got[name], got["ChecksumType"], got["Metadata"]) == (done[name], kind, {"a": "b"})
    second = s3.get_object(Bucket=bucket, Key="key", PartNumber=2)
    assert second["Body"].read() == PARTS[1]
    assert (second["PartsCount"], second[name]) == (3, parts[1][name])
    assert second["ContentRange"] == f"bytes {PART}-{2 * PART - 1}/{3 * PART}"

    attributes = s3.get_object_attributes(Bucket=bucket, Key="key", MaxParts=1, PartNumberMarker=1,
                                          ObjectAttributes=["Checksum", "ObjectParts", "ObjectSize"])
    listed = attributes["ObjectParts"]
    assert (listed["TotalPartsCount"], listed["IsTruncated"], listed["NextPartNumberMarker"]) == (3, True, 2)
    assert listed["Parts"] == [{"PartNumber": 2, "Size": PART, name: parts[1][name]}]


def test_without_a_word_about_checksums(s3, bucket):
    """What boto3 does when nothing is asked for: CRC32 for each part, and the file as upload_file cuts it."""
    upload = s3.create_multipart_upload(Bucket=bucket, Key="key")
    parts = upload_parts(s3, bucket, "key", upload["UploadId"])
    done = s3.complete_multipart_upload(Bucket=bucket, Key="key", UploadId=upload["UploadId"],
                                        MultipartUpload={"Parts": parts})
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"".join(PARTS)
    again = s3.complete_multipart_upload(Bucket=bucket, Key="key", UploadId=upload["UploadId"],
                                         MultipartUpload={"Parts": parts})
    assert again["ETag"] == done["ETag"]


def test_upload_file_and_download_file(s3, bucket, payload, tmp_path):
    s3.upload_file(str(payload), bucket, "file")
    s3.download_file(bucket, "file", str(tmp_path / "back"))
    assert clients.sha256_of(tmp_path / "back") == clients.sha256_of(payload)


def test_parts_sent_again_and_in_any_order(s3, bucket):
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="key")["UploadId"]

    def send(number, body):
        return s3.upload_part(Bucket=bucket, Key="key", UploadId=upload_id, PartNumber=number, Body=body)["ETag"]

    send(9, b"never used")
    last = send(7, b"end")
    send(2, b"x" * PART)
    first = send(2, PARTS[0])
    listed = list(itertools.chain.from_iterable(
        page["Parts"] for page in s3.get_paginator("list_parts").paginate(
            Bucket=bucket, Key="key", UploadId=upload_id, PaginationConfig={"PageSize": 1})))
    assert [(part["PartNumber"], part["Size"]) for part in listed] == [(2, PART), (7, 3), (9, 10)]
    with refused("NoSuchKey", 404):
        s3.get_object(Bucket=bucket, Key="key")
    s3.put_object(Bucket=bucket, Key="key", Body=b"a plain write meanwhile")
    s3.complete_multipart_upload(Bucket=bucket, Key="key", UploadId=upload_id, MultipartUpload={
        "Parts": [{"PartNumber": 2, "ETag": first}, {"PartNumber": 7, "ETag": last}]})
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == PARTS[0] + b"end"


def test_refusals(s3, bucket):
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="key")["UploadId"]
    target = {"Bucket": bucket, "Key": "key", "UploadId": upload_id}
    etags = [s3.upload_part(**target, PartNumber=number, Body=body)["ETag"]
             for number, body in ((1, b"small"), (2, b"small too"))]
    small = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]
    with refused("EntityTooSmall", 400):
        s3.complete_multipart_upload(**target, MultipartUpload={"Parts": small})
    with refused("InvalidPartOrder", 400):
        s3.complete_multipart_upload(**target, MultipartUpload={"Parts": small[::-1]})
    with refused("InvalidPart", 400):
        s3.complete_multipart_upload(**target, MultipartUpload={"Parts": [{"PartNumber": 3, "ETag": etags[0]}]})
    with refused("InvalidPart", 400):
        s3.complete_multipart_upload(**target, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etags[1]}]})
    with refused("MalformedXML", 400):
        s3.complete_multipart_upload(**target, MultipartUpload={"Parts": []})
    for number in (0, 10_001):
        with refused("InvalidArgument", 400):
            s3.upload_part(**target, PartNumber=number, Body=b"x")
    with refused("InvalidRequest", 400):
        s3.complete_multipart_upload(**target, MultipartUpload={"Parts": small[:1]}, MpuObjectSize=77)
    with refused("NoSuchUpload", 404):
        s3.upload_part(Bucket=bucket, Key="other-key", UploadId=upload_id, PartNumber=1, Body=b"x")
    s3.complete_multipart_upload(**target, MultipartUpload={"Parts": small[:1]})  # all refusals left it intact
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"small"


def test_conditional_complete(s3, bucket):
    s3.put_object(Bucket=bucket, Key="key", Body=b"there")
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="key")["UploadId"]
    parts = upload_parts(s3, bucket, "key", upload_id, [b"new"])
    target = {"Bucket": bucket, "Key": "key", "UploadId": upload_id, "MultipartUpload": {"Parts": parts}}
    with refused("PreconditionFailed", 412):
        s3.complete_multipart_upload(**target, IfNoneMatch="*")
    with refused("PreconditionFailed", 412):
        s3.complete_multipart_upload(**target, IfMatch='"0123456789abcdef0123456789abcdef"')
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"there"
    s3.complete_multipart_upload(**target, IfMatch=s3.head_object(Bucket=bucket, Key="key")["ETag"])
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"new"


def test_abort(s3, bucket):
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="key")["UploadId"]
    upload_parts(s3, bucket, "key", upload_id, [b"x" * 100_000])
    assert [one["UploadId"] for one in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == [upload_id]
    answer = s3.abort_multipart_upload(Bucket=bucket, Key="key", UploadId=upload_id)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    with refused("NoSuchUpload", 404):
        s3.list_parts(Bucket=bucket, Key="key", UploadId=upload_id)
    with refused("NoSuchUpload", 404):
        s3.abort_multipart_upload(Bucket=bucket, Key="key", UploadId="not-an-upload")


def test_listing_uploads_by_pages(s3, bucket):
    for key in ("a/1", "a/2", "b", "b", "c/x"):
        s3.create_multipart_upload(Bucket=bucket, Key=key)
    pages = s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, PaginationConfig={"PageSize": 2})
    uploads = [one["Key"] for page in pages for one in page["Uploads"]]
    assert uploads == ["a/1", "a/2", "b", "b", "c/x"]
    grouped = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/")
    assert [one["Prefix"] for one in grouped["CommonPrefixes"]] == ["a/", "c/"]


@pytest.mark.parametrize("size", [10, 3_000_000])
def test_part_copy(s3, bucket, size):
    source = clients.pattern(size, "source")
    s3.put_object(Bucket=bucket, Key="?versionId", Body=source)
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="key")["UploadId"]
    target = {"Bucket": bucket, "Key": "key", "UploadId": upload_id}
    copied = s3.upload_part_copy(**target, PartNumber=1, CopySource={"Bucket": bucket, "Key": "?versionId"},
                                 CopySourceRange=f"bytes=3-{size - 2}")["CopyPartResult"]
    with refused("InvalidRange", 416):
        s3.upload_part_copy(**target, PartNumber=2, CopySource={"Bucket": bucket, "Key": "?versionId"},
                            CopySourceRange=f"bytes=0-{size}")
    for syntax in ("0-2", "bytes=0", "bytes=hello-world", "bytes=0-2,3-5"):
        with refused("InvalidArgument", 400):
            s3.upload_part_copy(**target, PartNumber=2, CopySource={"Bucket": bucket, "Key": "?versionId"},
                                CopySourceRange=syntax)
    s3.complete_multipart_upload(**target, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": copied["ETag"]}]})
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == source[3:size - 1]
