"""The admin API over HTTP: every operation, who may call it, and what is refused."""

import contextlib
import http.client
import json
import os
import re
import socket
import stat
import urllib.parse

import pytest

import clients
import server as server_module
from cluster import Cluster, until

TOKEN, METRICS_TOKEN = "configured.token", "token-for-metrics"


class Admin:
    """What curl would do, with a token by default."""

    def __init__(self, address: str, port: int, token: str | None = TOKEN):
        self.address, self.port, self.token = address, port, token

    def ask(self, method: str, path: str, body=None, token: str | None = "", headers: dict | None = None):
        """Status, headers and body (JSON where it is any)."""
        headers = dict(headers or {})
        token = self.token if token == "" else token
        if token is not None:
            headers.setdefault("Authorization", f"Bearer {token}")
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        connection = http.client.HTTPConnection(self.address, self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            text = answer.read()
        is_json = answer.headers.get("Content-Type") == "application/json"
        return answer.status, answer.headers, json.loads(text) if is_json and text else text.decode()

    def get(self, operation: str, **parameters):
        return self.good("GET", operation, None, parameters)

    def post(self, operation: str, body=None, **parameters):
        return self.good("POST", operation, body, parameters)

    def good(self, method: str, operation: str, body, parameters: dict):
        query = "?" + urllib.parse.urlencode(parameters) if parameters else ""
        status, headers, answer = self.ask(method, f"/v2/{operation}{query}", body)
        assert status == 200, f"{method} {operation}{query}: {status} {answer}"
        assert headers["Access-Control-Allow-Origin"] == "*"
        return answer

    def refusal(self, method: str, path: str, body=None, token: str | None = "", **headers) -> str:
        """"Code (status)" of an error in its one shape."""
        status, _, answer = self.ask(method, path, body, token, headers)
        assert status >= 400, answer
        assert set(answer) == {"code", "message", "region", "path"}, answer
        assert answer["region"] == "garage" and answer["path"] == path.split("?")[0]
        return f"{answer['code']} ({status})"


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    port = server_module.free_ports(1)[0]
    running = server_module.Server(
        tmp_path_factory.mktemp("admin"),
        sections=f'\n[admin]\napi_bind_addr = "127.0.0.1:{port}"\nadmin_token = "{TOKEN}"\nmetrics_token = "{METRICS_TOKEN}"\n')
    running.admin_port = port
    yield running
    running.stop()


@pytest.fixture
def admin(node) -> Admin:
    return Admin("127.0.0.1", node.admin_port)


def test_cluster_operations(admin, node):
    status = admin.get("GetClusterStatus")
    assert status["layoutVersion"] == 1 and [one["isUp"] for one in status["nodes"]] == [True]
    assert admin.get("GetClusterHealth")["status"] == "healthy"
    assert "freeform" in admin.get("GetClusterStatistics")
    assert admin.get("GetClusterLayout")["version"] == 1
    assert admin.get("GetClusterLayoutHistory")["currentVersion"] == 1
    assert [one["success"] for one in admin.post("ConnectClusterNodes", ["0" * 64 + "@127.0.0.1:1"])] == [False]
    staged = admin.post("UpdateClusterLayout", {"roles": [
        {"id": status["nodes"][0]["id"], "zone": "z", "capacity": 10**9, "tags": ["a"]}]})
    assert len(staged["stagedRoleChanges"]) == 1
    assert "newLayout" in admin.post("PreviewClusterLayoutChanges")
    assert admin.post("RevertClusterLayout")["stagedRoleChanges"] == []
    assert admin.refusal("POST", "/v2/ApplyClusterLayout", {"version": 9}).endswith("(400)")


def test_keys_and_buckets(admin):
    key = admin.post("CreateKey", {"name": "app", "allow": {"createBucket": True}})
    key_id = key["accessKeyId"]
    assert len(key["secretAccessKey"]) == 64
    assert "secretAccessKey" not in admin.get("GetKeyInfo", id=key_id)
    assert admin.get("GetKeyInfo", search="app", showSecretKey="true")["secretAccessKey"] == key["secretAccessKey"]
    assert admin.post("UpdateKey", {"name": "renamed"}, id=key_id)["name"] == "renamed"
    imported = admin.post("ImportKey", {"accessKeyId": "GK" + "0" * 24, "secretAccessKey": "1" * 64})
    assert imported["name"] == "Imported key"
    assert admin.refusal("POST", "/v2/ImportKey", {"accessKeyId": "GK" + "0" * 24, "secretAccessKey": "1" * 64}) \
        == "KeyAlreadyExists (409)"
    ids = [one["id"] for one in admin.get("ListKeys")]
    assert key_id in ids and [one["id"] for one in admin.get("ListKeys", offset=ids[1], limit=1)] == [ids[1]]
    assert [one["accessKeyId"] for one in admin.get("ListKeysInfo")] == ids

    bucket = admin.post("CreateBucket", {"globalAlias": "media"})
    assert admin.refusal("POST", "/v2/CreateBucket", {"globalAlias": "media"}) == "BucketAlreadyExists (409)"
    id = bucket["id"]
    assert admin.get("GetBucketInfo", globalAlias="media")["id"] == id
    assert id in [one["id"] for one in admin.get("ListBuckets")]
    assert id in [one["id"] for one in admin.get("ListBucketsInfo")]
    changed = admin.post("UpdateBucket", {"quotas": {"maxSize": 10**9, "maxObjects": None}}, id=id)
    assert changed["quotas"] == {"maxSize": 10**9, "maxObjects": None}
    permissions = {"bucketId": id, "accessKeyId": key_id, "permissions": {"read": True, "write": True}}
    assert admin.post("AllowBucketKey", permissions)["keys"][0]["permissions"]["write"]
    assert not admin.post("DenyBucketKey", {**permissions, "permissions": {"write": True}})["keys"][0]["permissions"]["write"]
    assert "other" in admin.post("AddBucketAlias", {"bucketId": id, "globalAlias": "other"})["globalAliases"]
    assert admin.post("RemoveBucketAlias", {"bucketId": id, "globalAlias": "other"})["globalAliases"] == ["media"]
    assert admin.post("CleanupIncompleteUploads", {"bucketId": id, "olderThanSecs": 0}) == {"uploadsDeleted": 0}
    assert admin.refusal("GET", f"/v2/InspectObject?bucketId={id}&key=nothing") == "NoSuchKey (404)"
    assert admin.post("DeleteBucket", id=id) is None
    assert admin.post("DeleteKey", id=key_id) is None
    assert admin.refusal("GET", f"/v2/GetKeyInfo?id={key_id}") == "NoSuchAccessKey (404)"


def test_inspect_object(admin, node):
    clients.boto(node).put_object(Bucket=node.bucket, Key="a/é", Body=b"x" * 100_000, ContentType="text/x")
    id = admin.get("GetBucketInfo", globalAlias=node.bucket)["id"]
    seen = admin.get("InspectObject", bucketId=id, key="a/é")
    version = seen["versions"][0]
    assert version["size"] == 100_000 and len(version["blocks"]) == 1 and ["content-type", "text/x"] in version["headers"]


def test_node_operations(admin, node):
    id = node.cli("node", "id", "-q").strip().split("@")[0]
    for which in ("*", "self", id, id[:8]):
        answer = admin.get("GetNodeInfo", node=which)
        assert list(answer["success"]) == [id] and answer["error"] == {}
    assert "freeform" in admin.get("GetNodeStatistics", node="self")["success"][id]
    assert admin.refusal("GET", "/v2/GetNodeInfo") == "InvalidRequest (400)"
    assert admin.refusal("GET", "/v2/GetNodeInfo?node=zz") == "InvalidRequest (400)"


def test_tokens(admin, node):
    made = admin.post("CreateAdminToken", {"name": "ci", "scope": ["ListKeys"]})
    secret, id = made["secretToken"], made["id"]
    assert re.fullmatch(r"[0-9a-f]{24}\.[A-Za-z0-9_-]{43}", secret) and secret.startswith(id + ".")
    assert [one["name"] for one in admin.get("ListAdminTokens")][:2] == [
        "admin_token (from daemon configuration)", "metrics_token (from daemon configuration)"]
    assert admin.get("GetAdminTokenInfo", search="ci")["id"] == id
    assert admin.get("GetCurrentAdminTokenInfo")["id"] is None

    ci = Admin("127.0.0.1", node.admin_port, secret)
    assert ci.get("GetCurrentAdminTokenInfo")["name"] == "ci"
    assert ci.get("ListKeys")
    assert ci.refusal("GET", "/v2/ListBuckets") == "AccessDenied (403)"
    assert ci.refusal("GET", "/metrics") == "AccessDenied (403)"
    admin.post("UpdateAdminToken", {"scope": ["ListBuckets"]}, id=id)
    assert ci.refusal("GET", "/v2/ListKeys") == "AccessDenied (403)" and ci.get("ListBuckets")
    admin.post("UpdateAdminToken", {"expiration": "2020-01-01T00:00:00Z"}, id=id)
    assert ci.refusal("GET", "/v2/ListBuckets") == "AccessDenied (403)"
    admin.post("UpdateAdminToken", {"neverExpires": True, "scope": ["*"]}, id=id)
    assert ci.get("ListKeys")
    admin.post("DeleteAdminToken", id=id)
    assert ci.refusal("GET", "/v2/ListKeys") == "AccessDenied (403)"
    assert admin.refusal("GET", f"/v2/GetAdminTokenInfo?id={id}") == "NoSuchAdminToken (404)"
    assert secret not in node.log.read_text(errors="replace"), "secrets are not logged"


def test_tokens_by_command(admin, node):
    secret = node.cli("admin-token", "create", "-q", "--scope", "ListKeys", "robot").strip()
    assert Admin("127.0.0.1", node.admin_port, secret).get("ListKeys")
    said = node.cli("admin-token", "create", "second")
    assert Admin("127.0.0.1", node.admin_port, re.search(r"^ +(\S+\.\S+)$", said, re.M)[1]).get("ListBuckets")
    assert "Token name:  second" in said and "Token name:  second" in node.cli("admin-token", "info", "second")
    listed = node.cli("admin-token", "list")
    assert "robot" in listed and "admin_token (from daemon configuration)" in listed
    node.cli("admin-token", "rename", "robot", "machine")
    assert "Scope:       ListKeys, ListBuckets" in node.cli("admin-token", "set", "machine", "--scope=+ListBuckets")
    assert node.run_cli("admin-token", "delete", "machine").returncode == 1
    node.cli("admin-token", "delete", "--yes", "machine")
    assert "No expired admin tokens." in node.cli("admin-token", "delete-expired", "--yes")


def test_who_is_turned_away(admin):
    path = "/v2/ListKeys"
    assert admin.refusal("GET", path, token=None) == "AccessDenied (403)"
    assert admin.refusal("GET", "/v2/GetCurrentAdminTokenInfo", token=None) == "InvalidRequest (400)"
    for wrong in ("", "wrong", " " + TOKEN, METRICS_TOKEN, "0" * 24 + "." + "x" * 43, TOKEN + "x"):
        assert admin.refusal("GET", path, None, None, Authorization=f"Bearer {wrong}") == "AccessDenied (403)", wrong
    assert admin.refusal("GET", path, None, None, Authorization="Basic abc") == "AccessDenied (403)"


def test_metrics_have_rules_of_their_own(admin):
    assert admin.refusal("GET", "/metrics", token=None) == "AccessDenied (403)"
    assert admin.refusal("GET", "/metrics") == "AccessDenied (403)"
    status, _, _ = admin.ask("GET", "/metrics", token=METRICS_TOKEN)
    assert status in (200, 501)


def test_what_is_refused(admin, node):
    for method, path in (("GET", "/"), ("GET", "/v2/Nope"), ("POST", "/v2/ListKeys"), ("GET", "/v2/CreateKey"),
                         ("DELETE", "/v2/DeleteKey?id=x"), ("PUT", "/health"), ("GET", "/v1/status"), ("GET", "/v0/health")):
        assert admin.refusal(method, path) == "InvalidRequest (400)", path
    for body in (b"{", b"\xff", b'{"name": 1}', b'{"name": "a", "name": "b"}', b"[" * 1000):
        assert admin.refusal("POST", "/v2/CreateKey", body) == "InvalidRequest (400)", body
    assert admin.refusal("GET", "/v2/GetKeyInfo?id=a&id=b") == "InvalidRequest (400)"
    assert admin.refusal("POST", "/v2/UpdateKey", {"name": "x"}) == "InvalidRequest (400)"
    assert admin.refusal("GET", "/v2/ListKeys?limit=many") == "InvalidRequest (400)"
    status, _, text = admin.ask("HEAD", "/v2/ListKeys")
    assert (status, text) == (400, "")


def test_a_huge_body_is_not_read(node):
    with socket.create_connection(("127.0.0.1", node.admin_port), timeout=10) as stream:
        stream.sendall(f"POST /v2/CreateKey HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {TOKEN}\r\n"
                       f"Content-Length: {1 << 40}\r\n\r\n".encode())
        assert stream.recv(100).startswith(b"HTTP/1.1 413 ")
    with socket.create_connection(("127.0.0.1", node.admin_port), timeout=10) as stream:
        stream.sendall(b"POST /v2/CreateKey HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n")
        assert stream.recv(100).startswith(b"HTTP/1.1 403 "), "before the body comes"


def test_open_endpoints(admin):
    status, headers, text = admin.ask("GET", "/health", token=None)
    assert status == 200 and text.startswith("Garage is fully operational\n") and headers["Content-Type"] == "text/plain"
    assert admin.ask("HEAD", "/health", token=None)[0] == 200
    assert admin.ask("GET", "/health/live", token=None)[0] == admin.ask("GET", "/health/ready", token=None)[0] == 200
    status, headers, _ = admin.ask("OPTIONS", "/v2/ListKeys", token=None)
    assert status == 200 and headers["Allow"] == headers["Access-Control-Allow-Methods"] == "OPTIONS,GET,POST"
    document = admin.ask("GET", "/v2/openapi.json", token=None)[2]
    assert document["openapi"] == "3.1.0" and "/v2/GetClusterStatus" in document["paths"]
    assert admin.refusal("GET", "/check", token=None) == "InvalidRequest (400)"
    assert admin.refusal("GET", "/check?domain=nowhere.example", token=None) == "InvalidRequest (400)"


def test_one_address_does_not_take_all_connections(node):
    def connect(source: str) -> socket.socket:
        return socket.create_connection(("127.0.0.1", node.admin_port), timeout=30, source_address=(source, 0))

    with contextlib.ExitStack() as stack:
        taken = [stack.enter_context(connect("127.0.0.2")) for _ in range(600)]
        assert taken[-1].recv(1) == b"", "closed, long before it would be for its silence"
        probe = stack.enter_context(connect("127.0.0.3"))
        probe.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
        assert probe.recv(12) == b"HTTP/1.1 200"


def test_older_versions(admin):
    status, _, key = admin.ask("POST", "/v1/key", {"name": "old"})
    assert status == 200
    id = key["accessKeyId"]
    assert admin.ask("GET", f"/v1/key?id={id}")[2]["name"] == "old"
    assert admin.ask("GET", f"/v0/key?id={id}")[2]["secretAccessKey"] == key["secretAccessKey"]
    assert id in [one["id"] for one in admin.ask("GET", "/v1/key")[2]]
    bucket = admin.ask("POST", "/v1/bucket", {"globalAlias": "old-bucket"})[2]["id"]
    assert admin.ask("PUT", f"/v1/bucket/alias/local?id={bucket}&alias=mine&accessKeyId={id}")[0] == 200
    assert admin.ask("DELETE", f"/v1/bucket/alias/local?id={bucket}&alias=mine&accessKeyId={id}")[0] == 200
    assert admin.ask("GET", "/v1/health")[2]["status"] == "healthy"
    assert admin.refusal("DELETE", f"/v1/key?id={id}") == "InvalidRequest (400)"


def test_a_unix_socket(start_server, tmp_path):
    path = tmp_path / "admin.sock"
    start_server(sections=f'\n[admin]\napi_bind_addr = "{path}"\n')
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o220
    with socket.socket(socket.AF_UNIX) as stream:
        stream.settimeout(10)
        stream.connect(str(path))
        stream.sendall(b"GET /health HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        assert stream.recv(100).startswith(b"HTTP/1.1 200 ")


def test_a_service_manager_is_told(tmp_path, monkeypatch):
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        manager.settimeout(30)
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        monkeypatch.setenv("WATCHDOG_USEC", "200000")
        (tmp_path / "node").mkdir()
        running = server_module.Server(tmp_path / "node")
        assert manager.recv(100) == b"READY=1"
        assert [manager.recv(100) for _ in range(2)] == [b"WATCHDOG=1"] * 2
        running.stop()
        heard = {manager.recv(100)}
        while b"STOPPING=1" not in heard:
            heard.add(manager.recv(100))


@pytest.mark.skipif(os.geteuid() != 0, reason="makes network namespaces")
def test_health_of_three_nodes(tmp_path):
    cluster = Cluster(tmp_path, nodes=3)
    try:
        for node in cluster.nodes:
            node.stop()
            with node.config.open("a") as config:
                config.write(f'\n[admin]\napi_bind_addr = "{node.address}:3903"\nadmin_token = "{TOKEN}"\n')
        for node in cluster.nodes:
            node.start()
        cluster.wait_for_all()
        cluster.set_up()
        admins = [Admin(node.address, 3903) for node in cluster.nodes]
        for admin in admins:
            until(lambda: admin.ask("GET", "/health")[2].startswith("Garage is fully operational"), "all are well")

        # A token is known everywhere, and what it may not do too.
        token = admins[0].post("CreateAdminToken", {"scope": ["GetNodeInfo"]})
        everywhere = admins[1].ask("GET", "/v2/GetNodeInfo?node=*", token=token["secretToken"])[2]
        assert set(everywhere["success"]) == {node.id() for node in cluster.nodes}
        assert admins[2].refusal("GET", "/v2/ListKeys", token=token["secretToken"]) == "AccessDenied (403)"

        cluster.nodes[2].kill9()
        until(lambda: admins[0].get("GetClusterHealth")["status"] == "degraded", "one is missed")
        status, _, text = admins[0].ask("GET", "/health", token=None)
        assert status == 200 and text.startswith("Garage is operational but some storage nodes are unavailable\n")
        gone = admins[0].get("GetNodeInfo", node="*")
        assert len(gone["success"]) == 2 and len(gone["error"]) == 1
        admins[0].post("DeleteAdminToken", id=token["id"])
        assert admins[1].refusal("GET", "/v2/GetNodeInfo?node=*", token=token["secretToken"]) == "AccessDenied (403)"

        cluster.nodes[1].kill9()
        until(lambda: admins[0].ask("GET", "/health")[0] == 503, "there is no quorum")
        assert admins[0].ask("GET", "/health")[2].startswith("Quorum is not available")
        assert admins[0].ask("GET", "/health/ready")[0] == 503 and admins[0].ask("GET", "/health/live")[0] == 200
    finally:
        cluster.close()
