"""Tags of objects and buckets."""

from clients import refused


def tags(**pairs: str) -> dict:
    return {"TagSet": [{"Key": key, "Value": value} for key, value in pairs.items()]}


def test_tags_of_objects(s3, bucket):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x", Tagging="b=2&a=1", Metadata={"m": "v"})
    before = s3.head_object(Bucket=bucket, Key="key")
    assert before["ResponseMetadata"]["HTTPHeaders"]["x-amz-tagging-count"] == "2"
    assert "x-amz-tagging" not in before["ResponseMetadata"]["HTTPHeaders"]
    assert s3.get_object_tagging(Bucket=bucket, Key="key")["TagSet"] == tags(a="1", b="2")["TagSet"]
    s3.put_object_tagging(Bucket=bucket, Key="key", Tagging=tags(**{"a b/c": "x+y=z", "é": ""}))
    assert s3.get_object_tagging(Bucket=bucket, Key="key")["TagSet"] == tags(**{"a b/c": "x+y=z", "é": ""})["TagSet"]
    after = s3.get_object(Bucket=bucket, Key="key")
    assert (after["ETag"], after["LastModified"], after["Metadata"]) == (before["ETag"], before["LastModified"], {"m": "v"})
    assert after["Body"].read() == b"x"
    s3.delete_object_tagging(Bucket=bucket, Key="key")
    assert s3.get_object_tagging(Bucket=bucket, Key="key")["TagSet"] == []
    assert "x-amz-tagging-count" not in s3.head_object(Bucket=bucket, Key="key")["ResponseMetadata"]["HTTPHeaders"]
    s3.put_object(Bucket=bucket, Key="key", Body=b"y", Tagging="a=1")
    s3.put_object(Bucket=bucket, Key="key", Body=b"z")
    assert s3.get_object_tagging(Bucket=bucket, Key="key")["TagSet"] == []
    for call in (s3.get_object_tagging, s3.delete_object_tagging):
        with refused("NoSuchKey", 404):
            call(Bucket=bucket, Key="none")


def test_tags_that_may_not_be(s3, bucket):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x", Tagging="a=1")
    for bad in (tags(**{f"k{i}": "" for i in range(11)}), tags(**{"k" * 129: ""}), tags(k="v" * 257), tags(**{"aws:k": "v"}),
                {"TagSet": [{"Key": "a", "Value": "1"}] * 2}, tags(k="{}")):
        with refused("InvalidTag", 400):
            s3.put_object_tagging(Bucket=bucket, Key="key", Tagging=bad)
    with refused("InvalidTag", 400):
        s3.put_object(Bucket=bucket, Key="new", Body=b"x", Tagging="&".join(f"k{i}=v" for i in range(11)))
    assert s3.get_object_tagging(Bucket=bucket, Key="key")["TagSet"] == tags(a="1")["TagSet"]
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1


def test_copies_and_uploads(s3, bucket):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x", Tagging="a=1", Metadata={"m": "v"})
    source = f"{bucket}/key"
    s3.copy_object(Bucket=bucket, Key="kept", CopySource=source, MetadataDirective="REPLACE", Metadata={"n": "w"})
    assert s3.get_object_tagging(Bucket=bucket, Key="kept")["TagSet"] == tags(a="1")["TagSet"]
    assert s3.head_object(Bucket=bucket, Key="kept")["Metadata"] == {"n": "w"}
    s3.copy_object(Bucket=bucket, Key="new", CopySource=source, TaggingDirective="REPLACE", Tagging="b=2")
    assert s3.get_object_tagging(Bucket=bucket, Key="new")["TagSet"] == tags(b="2")["TagSet"]
    assert s3.head_object(Bucket=bucket, Key="new")["Metadata"] == {"m": "v"}
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts", Tagging="c=3")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="parts", UploadId=upload, PartNumber=1, Body=b"x")
    s3.complete_multipart_upload(Bucket=bucket, Key="parts", UploadId=upload,
                                 MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    assert s3.get_object_tagging(Bucket=bucket, Key="parts")["TagSet"] == tags(c="3")["TagSet"]


def test_tags_of_buckets(s3, bucket):
    with refused("NoSuchTagSet", 404):
        s3.get_bucket_tagging(Bucket=bucket)
    s3.put_bucket_tagging(Bucket=bucket, Tagging=tags(team="blue", Hello="World"))
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == tags(Hello="World", team="blue")["TagSet"]
    with refused("InvalidTag", 400):
        s3.put_bucket_tagging(Bucket=bucket, Tagging=tags(**{f"k{i}": "" for i in range(51)}))
    s3.delete_bucket_tagging(Bucket=bucket)
    with refused("NoSuchTagSet", 404):
        s3.get_bucket_tagging(Bucket=bucket)
