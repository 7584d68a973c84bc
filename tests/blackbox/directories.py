"""Stand-ins for the directories in which nodes find each other: the part of the Kubernetes API server and of Consul that
discovery needs, written from their documentation. They enforce tokens, rights, versions and required fields."""

import http.server
import json
import pathlib
import secrets
import ssl
import subprocess
import threading
import urllib.parse

NAMESPACE, SERVICE = "storage", "garage"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
DEFINITION = "garagenodes.deuxfleurs.fr"
ENTRIES = f"/apis/deuxfleurs.fr/v1/namespaces/{NAMESPACE}/garagenodes"


def make_certificate(directory: pathlib.Path) -> tuple[pathlib.Path, pathlib.Path]:
    """A certificate for 127.0.0.1 that vouches for itself, and its key."""
    certificate, key = directory / "ca.crt", directory / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=stand-in", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    return certificate, key


class Api:
    """A server on a port of its own. `reply(method, path, query, body)` gives a status and JSON."""

    def __init__(self, tls: tuple[pathlib.Path, pathlib.Path] | None = None):
        self.lock = threading.Lock()
        self.asked: list[str] = []
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                url = urllib.parse.urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with api.lock:
                    api.asked.append(f"{self.command} {self.path}")
                    status, said = api.reply(self, self.command, url.path, urllib.parse.parse_qs(url.query),
                                             json.loads(body) if body else None)
                text = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                for name, value in api.headers().items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_PUT = do_POST = do_DELETE = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def headers(self) -> dict[str, str]:
        return {}

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class KubernetesApi(Api):
    def __init__(self, directory: pathlib.Path):
        directory.mkdir(parents=True)
        self.directory = directory  # what a pod finds as its service account
        self.defined, self.may_define, self.may_use = False, True, True
        self.entries: dict[str, dict] = {}
        self.version = 0
        self.rotate_token()
        super().__init__(make_certificate(directory))

    def rotate_token(self) -> None:
        self.token = secrets.token_hex(16)
        (self.directory / "token").write_text(self.token)

    def environment(self, number: int) -> dict[str, str]:
        return {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(self.port),
                "GARAGE_KUBERNETES_CREDENTIALS_DIR": str(self.directory), "POD_NAME": f"garage-{number}",
                "POD_UID": f"uid-{number}"}

    @staticmethod
    def status(code: int, message: str) -> tuple[int, dict]:
        return code, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code}

    def reply(self, request, method, path, query, body):
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return self.status(401, "Unauthorized")
        if path.startswith(DEFINITIONS):
            if not self.may_define:
                return self.status(403, f'customresourcedefinitions.apiextensions.k8s.io "{DEFINITION}" is forbidden')
            if method == "GET":
                return (200, {}) if self.defined else self.status(404, "not found")
            if method == "POST" and body["kind"] == "CustomResourceDefinition" and body["metadata"]["name"] == DEFINITION:
                self.defined = True
                return 201, body
            return self.status(405, method)
        if not path.startswith(ENTRIES) or not self.defined:
            return self.status(404, "the server could not find the requested resource")
        if not self.may_use:
            return self.status(403, "garagenodes.deuxfleurs.fr is forbidden")
        name = path[len(ENTRIES) + 1:]
        if method == "GET" and not name:
            assert query["labelSelector"] == [f"garage.deuxfleurs.fr/service={SERVICE}"], query
            return 200, {"kind": "GarageNodeList", "metadata": {}, "items": list(self.entries.values())}
        if method == "POST":
            return self.write(body["metadata"]["name"], body, 201)
        if name not in self.entries:
            return self.status(404, f'garagenodes "{name}" not found')
        if method == "PUT":
            if body["metadata"].get("resourceVersion") != self.entries[name]["metadata"]["resourceVersion"]:
                return self.status(409, "the object has been modified")
            return self.write(name, body, 200)
        if method == "DELETE":
            return 200, self.entries.pop(name)
        return 200, self.entries[name]

    def write(self, name: str, entry: dict, status: int):
        spec = entry["spec"]
        assert isinstance(spec["hostname"], str) and isinstance(spec["address"], str) and isinstance(spec["port"], int), entry
        self.version += 1
        entry["metadata"]["resourceVersion"] = str(self.version)
        self.entries[name] = entry
        return status, entry


class ConsulApi(Api):
    def __init__(self):
        self.token = secrets.token_hex(16)
        self.services: dict[str, dict] = {}
        self.index = 1
        super().__init__()

    def headers(self) -> dict[str, str]:
        return {"X-Consul-Index": str(self.index)}

    def reply(self, request, method, path, query, body):
        if request.headers.get("X-Consul-Token") != self.token:
            return 403, "Permission denied: anonymous token lacks permission"
        self.index += method == "PUT"
        if method == "GET" and path == f"/v1/catalog/service/{SERVICE}":
            return 200, list(self.services.values())
        if method == "PUT" and path == "/v1/catalog/register":
            if not body.get("Node") or not body.get("Address"):
                return 400, "Must provide Node and Address"
            return self.register(body["Address"], body["Service"], body["Service"]["Service"])
        if method == "PUT" and path == "/v1/agent/service/register":
            # The agent is on a machine of its own, whose address is not the service's.
            return self.register("192.0.2.1", body, body["Name"])
        if method == "PUT" and path == "/v1/catalog/deregister":
            return 200, self.services.pop(body["ServiceID"], None) is not None
        if method == "PUT" and path.startswith("/v1/agent/service/deregister/"):
            return 200, self.services.pop(urllib.parse.unquote(path.rsplit("/", 1)[1]), None) is not None
        return 404, None

    def register(self, address: str, service: dict, name: str):
        self.services[service["ID"]] = {
            "Address": address, "ServiceID": service["ID"], "ServiceName": name, "ServiceAddress": service["Address"],
            "ServicePort": service["Port"], "ServiceTags": service["Tags"], "ServiceMeta": service["Meta"]}
        return 200, True
