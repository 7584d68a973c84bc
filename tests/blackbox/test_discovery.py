"""Nodes that know nothing of each other find each other through a directory; stand-ins play Kubernetes and Consul."""

import os
import pathlib
import secrets
import subprocess

import pytest

from cluster import rows_of, until
from directories import NAMESPACE, SERVICE, ConsulApi, KubernetesApi
import server as server_module

CONFIG = """\
metadata_dir = "{directory}/meta"
data_dir = "{directory}/data"
replication_factor = 3
rpc_bind_addr = "127.0.0.1:{rpc_port}"
rpc_secret = "{rpc_secret}"

[s3_api]
s3_region = "garage"
api_bind_addr = "127.0.0.1:{s3_port}"
"""


class Node:
    def __init__(self, directory: pathlib.Path, rpc_secret: str, top: str, sections: str, environment: dict[str, str]):
        directory.mkdir()
        self.directory, self.rpc_secret, self.top, self.sections = directory, rpc_secret, top, sections
        self.environment = dict(os.environ, **environment)
        self.config, self.log = directory / "garage.toml", directory / "log"
        self.process = None
        self.move()

    def move(self) -> None:
        """To other addresses; takes effect at the next start."""
        self.rpc_port, s3_port = server_module.free_ports(2)
        self.config.write_text(self.top + CONFIG.format(directory=self.directory, rpc_port=self.rpc_port, s3_port=s3_port,
                                                        rpc_secret=self.rpc_secret) + self.sections)
        self.config.chmod(0o600)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([str(server_module.binary()), "-c", str(self.config), "server"],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment)

    def stop(self) -> None:
        self.process.terminate()
        assert self.process.wait(server_module.STOP_SECONDS) == 0, self.log_text()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def run(self, *words: str) -> str:
        done = subprocess.run([str(server_module.binary()), "-c", str(self.config), *words], capture_output=True, text=True,
                              timeout=server_module.CLI_SECONDS)
        return done.stdout if done.returncode == 0 else ""

    def id(self) -> str:
        return self.run("node", "id", "-q").split("@")[0].strip()

    def sees(self) -> int:
        return len(rows_of(self.run("status"), "HEALTHY NODES"))

    def log_text(self) -> str:
        return self.log.read_text(errors="replace")


@pytest.fixture
def start_nodes(tmp_path):
    started: list[Node] = []

    def start(top: str = "", sections: str = "", environment=lambda number: {}, count: int = 3) -> list[Node]:
        rpc_secret = secrets.token_hex(32)
        for number in range(count):
            started.append(Node(tmp_path / f"node{number}", rpc_secret, top, sections, environment(number)))
            started[-1].start()
        return started

    yield start
    for node in started:
        if node.process.poll() is None:
            node.kill()


def all_see_all(nodes: list[Node], seconds: float = 30) -> None:
    until(lambda: all(node.sees() == len(nodes) for node in nodes), "every node sees all others", seconds)


@pytest.fixture
def kubernetes(tmp_path):
    api = KubernetesApi(tmp_path / "service-account")
    yield api
    api.close()


@pytest.fixture
def consul():
    api = ConsulApi()
    yield api
    api.close()


KUBERNETES = f'[kubernetes_discovery]\nnamespace = "{NAMESPACE}"\nservice_name = "{SERVICE}"\n'


def test_three_nodes_meet_move_and_leave_through_kubernetes(kubernetes, start_nodes):
    nodes = start_nodes(sections=KUBERNETES, environment=kubernetes.environment)
    all_see_all(nodes)
    ids = {node.id() for node in nodes}
    assert kubernetes.defined and set(kubernetes.entries) == ids
    entry = kubernetes.entries[nodes[1].id()]
    assert entry["spec"]["port"] == nodes[1].rpc_port and entry["metadata"]["ownerReferences"][0]["uid"] == "uid-1"
    assert entry["metadata"]["annotations"]["garage.deuxfleurs.fr/renewed"].endswith("Z")

    # All addresses change at once, and the token too.
    for node in nodes:
        node.kill()
        node.move()
    kubernetes.rotate_token()
    for node in nodes:
        node.start()
    all_see_all(nodes)
    assert {entry["spec"]["port"] for entry in kubernetes.entries.values()} == {node.rpc_port for node in nodes}

    gone = nodes[2].id()
    nodes[2].stop()
    assert gone not in kubernetes.entries and len(kubernetes.entries) == 2
    for node in nodes[:2]:
        node.stop()
    assert kubernetes.entries == {}


def test_the_keys_of_version_0_7_and_a_role_without_rights_on_definitions(kubernetes, start_nodes):
    kubernetes.defined, kubernetes.may_define = True, False
    top = f'kubernetes_namespace = "{NAMESPACE}"\nkubernetes_service_name = "{SERVICE}"\nkubernetes_skip_crd = false\n'
    all_see_all(start_nodes(top=top, environment=kubernetes.environment))


def test_without_a_definition_the_log_says_once_what_to_apply_and_the_node_serves(kubernetes, start_nodes):
    kubernetes.may_define = False
    node, = start_nodes(sections=KUBERNETES, environment=kubernetes.environment, count=1)
    until(lambda: "kubectl apply -f deploy/kubernetes/crd.yaml" in node.log_text(), "the log says what to apply")
    assert node.sees() == 1
    tries = len(kubernetes.asked)
    until(lambda: len(kubernetes.asked) > tries + 2, "it goes on trying")
    assert node.log_text().count("this node cannot be published") == 1
    kubernetes.defined = True
    until(lambda: kubernetes.entries, "published once it is defined", 60)
    assert kubernetes.token not in node.log_text()
    node.stop()


@pytest.mark.parametrize("api", ["catalog", "agent"])
def test_three_nodes_meet_and_leave_through_consul(consul, start_nodes, api):
    section = (f'[consul_discovery]\napi = "{api}"\nconsul_http_addr = "http://127.0.0.1:{consul.port}"\n'
               f'service_name = "{SERVICE}"\ntoken = "{consul.token}"\ntags = ["extra"]\n')
    nodes = start_nodes(sections=section)
    all_see_all(nodes)
    assert all("extra" in service["ServiceTags"] for service in consul.services.values()) and len(consul.services) == 3
    for node in nodes:
        node.stop()
    assert consul.services == {}


def test_a_refused_token_is_said_without_showing_it(consul, start_nodes):
    section = (f'[consul_discovery]\nconsul_http_addr = "http://127.0.0.1:{consul.port}"\n'
               f'service_name = "{SERVICE}"\ntoken = "not-the-one"\n')
    node, = start_nodes(sections=section, count=1)
    until(lambda: "Permission denied" in node.log_text(), "the log says what was refused")
    assert "not-the-one" not in node.log_text()
    node.stop()
