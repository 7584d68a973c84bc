"""boto3: buckets, listings by pages, deletion of many, and who may see what."""

import pytest

import clients
from clients import refused


@pytest.fixture
def filled(s3, bucket):
    for key in ["a/1", "a/2", "a/b/3", "b", "c+d e", "dir/", "é/x", "z"]:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    return bucket


def test_create_head_location_delete(s3, bucket):
    assert bucket in [one["Name"] for one in s3.list_buckets()["Buckets"]]
    assert s3.head_bucket(Bucket=bucket)["BucketRegion"] == "garage"
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] == "garage"
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)  # again, by its owner: nothing changes
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    with refused("BucketNotEmpty", 409):
        s3.delete_bucket(Bucket=bucket)
    s3.delete_object(Bucket=bucket, Key="key")
    s3.delete_bucket(Bucket=bucket)
    with refused("404", 404):
        s3.head_bucket(Bucket=bucket)
    with refused("NoSuchBucket", 404):
        s3.list_objects_v2(Bucket=bucket)


def test_a_client_of_another_region_finds_ours(server, s3, bucket):
    """It signs for the region that it is told. What answers a HEAD is all in the headers."""
    s3.put_object(Bucket=bucket, Key="key", Body=b"hello")
    for first in ("head_object", "get_object", "head_bucket"):
        elsewhere = clients.boto(server, region="us-east-1")
        key = {} if first == "head_bucket" else {"Key": "key"}
        assert getattr(elsewhere, first)(Bucket=bucket, **key)["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
def test_listing_by_pages(s3, filled, operation):
    pages = list(s3.get_paginator(operation).paginate(Bucket=filled, PaginationConfig={"PageSize": 3}))
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    assert keys == ["a/1", "a/2", "a/b/3", "b", "c+d e", "dir/", "z", "é/x"]
    assert [len(page["Contents"]) for page in pages] == [3, 3, 2]

    pages = list(s3.get_paginator(operation).paginate(Bucket=filled, Delimiter="/", PaginationConfig={"PageSize": 2}))
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    prefixes = [item["Prefix"] for page in pages for item in page.get("CommonPrefixes", [])]
    assert (keys, prefixes) == (["b", "c+d e", "z"], ["a/", "dir/", "é/"])
    inside = getattr(s3, operation)(Bucket=filled, Prefix="a/", Delimiter="/")
    assert [item["Key"] for item in inside["Contents"]] == ["a/1", "a/2"]
    assert inside["CommonPrefixes"] == [{"Prefix": "a/b/"}]


def test_listing_entries_and_starts(s3, filled):
    entry = s3.list_objects_v2(Bucket=filled, Prefix="b", FetchOwner=True)["Contents"][0]
    assert (entry["Size"], entry["StorageClass"]) == (1, "STANDARD")
    assert entry["ETag"] == s3.head_object(Bucket=filled, Key="b")["ETag"] and entry["Owner"]["ID"]
    after = s3.list_objects_v2(Bucket=filled, StartAfter="c+d e", MaxKeys=1)
    assert [item["Key"] for item in after["Contents"]] == ["dir/"] and after["IsTruncated"]
    assert s3.list_objects_v2(Bucket=filled, MaxKeys=0)["KeyCount"] == 0
    with refused("InvalidArgument", 400):
        s3.list_objects_v2(Bucket=filled, ContinuationToken="not one of ours")


def test_listing_versions_of_a_bucket_without_versioning(s3, filled):
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=filled, PaginationConfig={"PageSize": 5})
    versions = [(one["Key"], one["VersionId"], one["IsLatest"]) for page in pages for one in page["Versions"]]
    assert versions[0] == ("a/1", "null", True) and len(versions) == 8


def test_more_than_a_page(s3, bucket):
    for number in range(1050):
        s3.put_object(Bucket=bucket, Key=f"{number:04}", Body=b"")
    first = s3.list_objects_v2(Bucket=bucket)
    assert (first["KeyCount"], first["IsTruncated"]) == (1000, True)
    keys = [{"Key": f"{number:04}"} for number in range(1001)]
    with refused("MalformedXML", 400):
        s3.delete_objects(Bucket=bucket, Delete={"Objects": keys})
    deleted = s3.delete_objects(Bucket=bucket, Delete={"Objects": keys[:1000]})
    assert len(deleted["Deleted"]) == 1000 and "Errors" not in deleted
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 50


def test_delete_objects(s3, filled):
    keys = [{"Key": "a/1"}, {"Key": "missing"}, {"Key": "c+d e"}]
    deleted = s3.delete_objects(Bucket=filled, Delete={"Objects": keys})
    assert sorted(one["Key"] for one in deleted["Deleted"]) == ["a/1", "c+d e", "missing"]
    quiet = s3.delete_objects(Bucket=filled, Delete={"Objects": [{"Key": "b"}], "Quiet": True})
    assert "Deleted" not in quiet and "Errors" not in quiet
    kept = s3.delete_objects(Bucket=filled, Delete={"Objects": [{"Key": "z", "ETag": '"0123456789abcdef0123456789abcdef"'}]})
    assert [one["Code"] for one in kept["Errors"]] == ["PreconditionFailed"]
    assert s3.list_objects_v2(Bucket=filled)["KeyCount"] == 5


def test_a_second_user(server, s3, other_key, bucket):
    """Sees nothing until the command line lets it, and then what it was given only."""
    other = clients.boto(server, other_key)
    s3.put_object(Bucket=bucket, Key="key", Body=b"mine")
    assert bucket not in [one["Name"] for one in other.list_buckets()["Buckets"]]
    for call in (lambda: other.get_object(Bucket=bucket, Key="key"), lambda: other.list_objects_v2(Bucket=bucket),
                 lambda: other.put_object(Bucket=bucket, Key="key", Body=b"x"), lambda: other.delete_bucket(Bucket=bucket),
                 lambda: other.delete_object(Bucket=bucket, Key="key")):
        with refused("AccessDenied", 403):
            call()
    with refused("BucketAlreadyExists", 409):
        other.create_bucket(Bucket=bucket)

    server.cli("bucket", "allow", "--read", bucket, "--key", other_key.access_key)
    assert other.get_object(Bucket=bucket, Key="key")["Body"].read() == b"mine"
    with refused("AccessDenied", 403):
        other.put_object(Bucket=bucket, Key="key", Body=b"x")
    server.cli("bucket", "allow", "--write", bucket, "--key", other_key.access_key)
    server.cli("bucket", "deny", "--read", bucket, "--key", other_key.access_key)
    other.put_object(Bucket=bucket, Key="other", Body=b"x")
    with refused("AccessDenied", 403):
        other.get_object(Bucket=bucket, Key="key")
    with refused("AccessDenied", 403):
        other.delete_bucket(Bucket=bucket)


def test_what_is_not_built_is_refused(s3, bucket):
    """Never ignored: the client would believe that it worked."""
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    for call in (lambda: s3.put_object(Bucket=bucket, Key="new", Body=b"x", ServerSideEncryption="AES256"),
                 lambda: s3.put_object(Bucket=bucket, Key="new", Body=b"x", ACL="public-read"),
                 lambda: s3.put_object(Bucket=bucket, Key="new", Body=b"x", ObjectLockLegalHoldStatus="ON"),
                 lambda: s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}),
                 lambda: s3.put_bucket_policy(Bucket=bucket, Policy="{}")):
        with refused("NotImplemented", 501):
            call()
    with refused("InvalidStorageClass", 400):
        s3.put_object(Bucket=bucket, Key="new", Body=b"x", StorageClass="NO_SUCH_CLASS")
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1


def test_quotas(server, s3, bucket):
    server.cli("bucket", "set-quotas", bucket, "--max-objects", "2", "--max-size", "1000")
    s3.put_object(Bucket=bucket, Key="a", Body=bytes(600))
    with refused("QuotaExceeded", 403):
        s3.put_object(Bucket=bucket, Key="b", Body=bytes(600))
    s3.put_object(Bucket=bucket, Key="b", Body=b"")
    with refused("QuotaExceeded", 403):
        s3.put_object(Bucket=bucket, Key="c", Body=b"")
    s3.put_object(Bucket=bucket, Key="a", Body=bytes(900))  # in the place of the old one
    with refused("QuotaExceeded", 403):
        s3.copy_object(Bucket=bucket, Key="c", CopySource=f"{bucket}/b")
    server.cli("bucket", "set-quotas", bucket, "--max-objects", "none", "--max-size", "none")
    s3.put_object(Bucket=bucket, Key="c", Body=bytes(6000))


def test_no_object_slips_into_a_bucket_that_is_being_deleted(server, s3):
    """Whoever is told that a write succeeded finds it again, or finds that the bucket could not be deleted."""
    others = clients.boto(server)
    for _ in range(20):
        s3.create_bucket(Bucket="contested")
        put, deleted = clients.in_parallel([
            lambda: clients.outcome_of(others.put_object, Bucket="contested", Key="k", Body=b"x"),
            lambda: clients.outcome_of(s3.delete_bucket, Bucket="contested")])
        assert (put, deleted) in {("done", "BucketNotEmpty"), ("NoSuchBucket", "done")}
        if put == "done":
            s3.delete_object(Bucket="contested", Key="k")
            s3.delete_bucket(Bucket="contested")

