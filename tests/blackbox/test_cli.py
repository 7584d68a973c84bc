"""The command line against a running server: what it changes, S3 obeys at once."""

import json
import re
import secrets

import pytest

import clients
from clients import refused


def test_a_bucket_from_the_first_command_to_the_last(server, s3):
    created = server.cli("bucket", "create", "by-the-command-line")
    assert "by-the-command-line" in created
    assert "by-the-command-line" not in [one["Name"] for one in s3.list_buckets()["Buckets"]]
    server.cli("bucket", "allow", "--read", "--write", "--owner", "by-the-command-line", "--key", server.access_key)
    s3.put_object(Bucket="by-the-command-line", Key="key", Body=b"12345")
    info = server.cli("bucket", "info", "by-the-command-line")
    assert re.search(r"Objects:\s+1\b", info) and "5 B" in info and server.access_key in info

    server.cli("bucket", "alias", "by-the-command-line", "another-name")
    assert s3.get_object(Bucket="another-name", Key="key")["Body"].read() == b"12345"
    server.cli("bucket", "alias", "by-the-command-line", "only-mine", "--local", server.access_key)
    assert s3.get_object(Bucket="only-mine", Key="key")["Body"].read() == b"12345"
    server.cli("bucket", "unalias", "by-the-command-line")
    with refused("NoSuchBucket", 404):
        s3.get_object(Bucket="by-the-command-line", Key="key")

    done = server.run_cli("bucket", "delete", "another-name", "--yes")
    assert done.returncode == 1 and "only-mine" in done.stderr
    server.cli("bucket", "unalias", "only-mine", "--local", server.access_key)
    done = server.run_cli("bucket", "delete", "another-name", "--yes")
    assert done.returncode == 1 and "empty" in done.stderr
    s3.delete_object(Bucket="another-name", Key="key")
    assert server.run_cli("bucket", "delete", "another-name").returncode == 1  # without --yes
    server.cli("bucket", "delete", "another-name", "--yes")
    with refused("NoSuchBucket", 404):
        s3.get_object(Bucket="another-name", Key="key")


def test_a_key_from_the_first_command_to_the_last(server, bucket):
    created = server.cli("key", "create", "some name")
    key_id = re.search(r"Key ID:\s+(\S+)", created)[1]
    shown = server.cli("key", "info", "--show-secret", key_id)
    key = clients.Key(key_id, re.search(r"Secret key:\s+(\S+)", shown)[1])
    assert key.secret_key in created and key.secret_key not in server.cli("key", "info", key_id)
    client = clients.boto(server, key)
    assert client.list_buckets()["Buckets"] == []
    with refused("AccessDenied", 403):
        client.create_bucket(Bucket=f"{bucket}-new")
    server.cli("key", "allow", "--create-bucket", key_id)
    client.create_bucket(Bucket=f"{bucket}-new")
    server.cli("key", "deny", "--create-bucket", key_id)
    with refused("AccessDenied", 403):
        client.create_bucket(Bucket=f"{bucket}-newer")
    server.cli("key", "rename", key_id, "other name")
    assert "other name" in server.cli("key", "list")
    client.delete_bucket(Bucket=f"{bucket}-new")
    server.cli("key", "delete", key_id, "--yes")
    with refused("InvalidAccessKeyId", 403):
        client.list_buckets()
    assert key.secret_key not in server.log.read_text()


def test_an_imported_key_and_an_expired_one(server):
    key = clients.Key("GK" + secrets.token_hex(12), secrets.token_hex(32))
    server.cli("key", "import", key.access_key, key.secret_key, "-n", "imported", "--yes")
    client = clients.boto(server, key)
    assert client.list_buckets()["Buckets"] == []
    again = server.run_cli("key", "import", key.access_key, key.secret_key, "--yes")
    assert again.returncode == 1 and key.access_key in again.stderr
    server.cli("key", "set", key.access_key, "--expires-in", "0s")
    with refused("AccessDenied", 403):
        client.list_buckets()
    server.cli("key", "set", key.access_key, "--never-expires")
    assert client.list_buckets()["Buckets"] == []


def test_old_uploads_are_cleaned_up(server, s3, bucket):
    s3.create_multipart_upload(Bucket=bucket, Key="key")
    server.cli("bucket", "cleanup-incomplete-uploads", "--older-than", "1d", bucket)
    assert len(s3.list_multipart_uploads(Bucket=bucket)["Uploads"]) == 1
    server.cli("bucket", "cleanup-incomplete-uploads", "--older-than", "0s", bucket)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_what_is_said_about_the_node(server):
    node = server.cli("node", "id", "-q").strip().split("@")[0]
    assert re.fullmatch("[0-9a-f]{64}", node)
    assert node[:16] in server.cli("status") and "HEALTHY" in server.cli("health")
    assert node in server.cli("stats") and "dc1" in server.cli("layout", "show")
    assert json.loads(server.cli("json-api", "GetClusterStatus"))["nodes"][0]["id"] == node


def test_scripts_read_json(server, bucket):
    node = json.loads(server.cli("json-api", "GetClusterStatus"))["nodes"][0]["id"]
    assert json.loads(server.cli("status", "--json"))["nodes"][0]["id"] == node
    assert bucket in [name for one in json.loads(server.cli("bucket", "list", "--json")) for name in one["globalAliases"]]
    assert json.loads(server.cli("worker", "list", "--json", "--timeout", "30s"))["success"][node]
    key = json.loads(server.cli("key", "create", "for a script", "--json"))
    shown = json.loads(server.cli("key", "info", key["accessKeyId"], "--json"))
    assert shown["name"] == "for a script" and not shown.get("secretAccessKey")
    wrong = server.run_cli("bucket", "info", "nowhere", "--json")
    assert wrong.returncode == 1 and not wrong.stdout and "NoSuchBucket" in wrong.stderr
    local = server.run_cli("node", "id", "--json")
    assert local.returncode == 1 and "json-api" in local.stderr


@pytest.mark.parametrize("words", [["repair", "--yes", "versions"], ["repair", "--yes", "scrub", "start"], ["meta", "snapshot"]])
def test_what_is_not_built_says_so(server, words):
    done = server.run_cli(*words)
    assert done.returncode == 1 and "not built yet" in done.stderr, done.stderr


def test_there_is_nothing_to_convert(server):
    done = server.run_cli("convert-db", "-a", "lmdb", "-i", "old", "-b", "sqlite", "-o", "new")
    assert done.returncode == 1 and "one engine" in done.stderr, done.stderr


def test_settings_and_objects_survive_a_restart(start_server):
    server = start_server()
    s3 = clients.boto(server)
    s3.put_object(Bucket=server.bucket, Key="key", Body=bytes(3_000_000))
    server.cli("bucket", "create", "second")
    server.restart()
    assert "second" in server.cli("bucket", "list")
    assert s3.get_object(Bucket=server.bucket, Key="key")["Body"].read() == bytes(3_000_000)
