"""Lengths and places beyond 4 GiB, which a register of 32 bits does not count: none may be cut off."""

import clients
import sigv4

MIB = 1 << 20
GIB = 1 << 30
COPIES = 44


class Expected:
    """The object: copies of one part, and another at its end. 4 GiB is no multiple of the part, so that what lies at a place and
    what lies 4 GiB before it differ."""

    def __init__(self):
        self.part = clients.pattern(96 * MIB, "part")
        self.end = clients.pattern(5 * MIB + 3, "end")
        self.size = COPIES * len(self.part) + len(self.end)

    def at(self, first: int, length: int) -> bytes:
        out = b""
        while len(out) < length:
            place = first + len(out)
            past = place - COPIES * len(self.part)
            piece, begin = (self.end, past) if past >= 0 else (self.part, place % len(self.part))
            out += piece[begin:begin + length - len(out)]
        return out


def upload(node, s3, expected: Expected) -> None:
    """By copies, which take no room on the disk."""
    s3.put_object(Bucket=node.bucket, Key="part", Body=expected.part)
    here = {"Bucket": node.bucket, "Key": "long"}
    here["UploadId"] = s3.create_multipart_upload(**here)["UploadId"]
    tags = [s3.upload_part_copy(**here, PartNumber=number, CopySource=f"{node.bucket}/part")["CopyPartResult"]["ETag"]
            for number in range(1, COPIES + 1)]
    tags.append(s3.upload_part(**here, PartNumber=COPIES + 1, Body=expected.end)["ETag"])
    parts = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(tags, 1)]
    s3.complete_multipart_upload(**here, MultipartUpload={"Parts": parts})


def check_object(node, s3, expected: Expected, key: str) -> None:
    size = expected.size
    assert s3.head_object(Bucket=node.bucket, Key=key)["ContentLength"] == size
    for middle in (MIB, 2 * GIB, 4 * GIB, 4 * GIB + 70 * MIB, size - len(expected.end), size - MIB):
        first, length = middle - MIB, 2 * MIB
        answer = s3.get_object(Bucket=node.bucket, Key=key, Range=f"bytes={first}-{first + length - 1}")
        assert answer["ContentRange"] == f"bytes {first}-{first + length - 1}/{size}"
        assert answer["Body"].read() == expected.at(first, length), f"{key} at {first}"
    assert s3.get_object(Bucket=node.bucket, Key=key, Range="bytes=-1000")["Body"].read() == expected.end[-1000:]
    listed = s3.list_objects_v2(Bucket=node.bucket, Prefix=key)["Contents"]
    assert [entry["Size"] for entry in listed] == [size]


def check_cut_out(node, s3, expected: Expected) -> None:
    """A part copied from beyond 4 GiB."""
    first, length = 4 * GIB + 5, 5 * MIB
    here = {"Bucket": node.bucket, "Key": "cut-out"}
    here["UploadId"] = s3.create_multipart_upload(**here)["UploadId"]
    tag = s3.upload_part_copy(**here, PartNumber=1, CopySource=f"{node.bucket}/long",
                              CopySourceRange=f"bytes={first}-{first + length - 1}")["CopyPartResult"]["ETag"]
    s3.complete_multipart_upload(**here, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": tag}]})
    assert s3.get_object(Bucket=node.bucket, Key="cut-out")["Body"].read() == expected.at(first, length)


def check_short_body(node, s3) -> None:
    """A body that is to be 4 GiB longer than what comes is not complete with that."""
    request = sigv4.Request("PUT", f"/{node.bucket}/short", body=b"rest", length=4 * GIB + 4, payload=sigv4.UNSIGNED)
    with sigv4.Connection(node) as connection:
        connection.send(sigv4.sign(node, request).head + request.body)
        connection.end_of_sending()
        try:
            assert connection.answer("PUT").status != 200
        except ConnectionError:
            pass
    with clients.refused("404", 404):
        s3.head_object(Bucket=node.bucket, Key="short")


def check(node, s3) -> None:
    expected = Expected()
    upload(node, s3, expected)
    check_object(node, s3, expected, "long")
    s3.copy_object(Bucket=node.bucket, Key="copy", CopySource=f"{node.bucket}/long")
    check_object(node, s3, expected, "copy")
    check_cut_out(node, s3, expected)
    check_short_body(node, s3)
