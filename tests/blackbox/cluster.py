"""Several garage processes, each on a machine of its own as far as the network goes: a namespace with an address on a common bridge."""

import contextlib
import itertools
import os
import pathlib
import re
import secrets
import signal
import subprocess
import time

import server as server_module

_networks = itertools.count(1)

CONFIG = """\
metadata_dir = "{directory}/meta"
data_dir = "{directory}/data"
replication_factor = {replication_factor}
rpc_bind_addr = "{ip}:3901"
rpc_public_addr = "{ip}:3901"
rpc_secret = "{rpc_secret}"
bootstrap_peers = [{bootstrap_peers}]
{top}

[s3_api]
s3_region = "garage"
api_bind_addr = "{ip}:3900"
"""


def ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True)
    assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr}"


class Network:
    """A bridge that this machine is on too, so that clients reach every node. Needs root."""

    def __init__(self):
        # Names of interfaces are short, and of this process only.
        self.name = f"g{os.getpid() % 100_000:05}n{next(_networks)}"
        self.prefix = f"10.213.{os.getpid() % 250}"
        self.spaces: list[str] = []
        ip("link", "add", self.name, "type", "bridge")
        ip("addr", "add", f"{self.prefix}.254/24", "dev", self.name)
        ip("link", "set", self.name, "up")

    def add(self) -> tuple[str, str]:
        """A namespace, and its address."""
        number = len(self.spaces) + 1
        space, outer, address = f"{self.name}s{number}", f"{self.name}v{number}", f"{self.prefix}.{number}"
        ip("netns", "add", space)
        self.spaces.append(space)
        ip("link", "add", outer, "type", "veth", "peer", "name", "eth0", "netns", space)
        ip("link", "set", outer, "master", self.name)
        ip("link", "set", outer, "up")
        ip("-n", space, "addr", "add", f"{address}/24", "dev", "eth0")
        ip("-n", space, "link", "set", "eth0", "up")
        ip("-n", space, "link", "set", "lo", "up")
        return space, address

    def isolate(self, space: str) -> None:
        ip("-n", space, "link", "set", "eth0", "down")

    def join(self, space: str) -> None:
        ip("-n", space, "link", "set", "eth0", "up")

    def misdirect(self, space: str, address: str) -> None:
        """What the space sends to the address goes to a machine that does not exist; the other way is open."""
        ip("-n", space, "neigh", "replace", address, "lladdr", "02:00:00:00:00:99", "dev", "eth0", "nud", "permanent")

    def direct(self, space: str, address: str) -> None:
        ip("-n", space, "neigh", "del", address, "dev", "eth0")

    def slow(self, space: str, rate: str) -> None:
        self.tc("add", space, "tbf", "rate", rate, "burst", "64k", "latency", "400ms")

    def fast(self, space: str) -> None:
        self.tc("del", space)

    @staticmethod
    def tc(verb: str, space: str, *words: str) -> None:
        command = ["tc", "-n", space, "qdisc", verb, "dev", "eth0", "root", *words]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"

    def close(self) -> None:
        for space in self.spaces:
            subprocess.run(["ip", "netns", "del", space], capture_output=True)
        subprocess.run(["ip", "link", "del", self.name], capture_output=True)


class Node:
    """One process. Has what `clients.boto()` wants of a server, once the cluster has a key."""

    region = "garage"

    def __init__(self, directory: pathlib.Path, space: str, address: str):
        directory.mkdir(parents=True)
        self.directory, self.space, self.address = directory, space, address
        self.endpoint = f"http://{address}:3900"
        self.config, self.log = directory / "garage.toml", directory / "log"
        self.process: subprocess.Popen | None = None
        self.access_key = self.secret_key = ""

    def configure(self, sections: str = "", **values) -> None:
        values.setdefault("top", "")
        self.config.write_text((CONFIG + sections).format(directory=self.directory, ip=self.address, **values))
        self.config.chmod(0o600)

    def start(self) -> None:
        command = ["ip", "netns", "exec", self.space, str(server_module.binary()), "-c", str(self.config), "server"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + server_module.START_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"{self.directory.name} ended at its start:\n{self.log_tail()}"
            if self.run_cli("node", "id", "-q").returncode == 0 and self.run_cli("status").returncode == 0:
                return
            time.sleep(0.05)
        raise AssertionError(f"{self.directory.name} does not answer:\n{self.log_tail()}")

    def kill9(self) -> None:
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(server_module.STOP_SECONDS) == 0, self.log_tail()
        server_module.check_log(self.log)

    def run_cli(self, *arguments: str) -> subprocess.CompletedProcess:
        command = ["ip", "netns", "exec", self.space, str(server_module.binary()), "-c", str(self.config), *arguments]
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=server_module.CLI_SECONDS)

    def cli(self, *arguments: str) -> str:
        done = self.run_cli(*arguments)
        assert done.returncode == 0, f"garage {' '.join(arguments)}: code {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def id(self) -> str:
        return self.cli("node", "id", "-q").split("@")[0]

    def log_tail(self, lines: int = 30) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def in_force(node: Node, version: int) -> bool:
    """Whether that version of the layout is the last one, and no change is under way."""
    said = node.cli("layout", "history")
    return f"#{version}" in said and "stable state" in said and f"#{version + 1}" not in said


class Cluster:
    """Nodes that know each other, without a layout yet."""

    def __init__(self, directory: pathlib.Path, nodes: int, replication_factor: int = 3, sections: str = "", top: str = ""):
        """`sections` go to the end of each configuration file, `top` before its sections; "{ip}" in `sections` is the node's
        address."""
        self.network = Network()
        self.nodes: list[Node] = []
        self.directory, self.replication_factor, self.sections, self.top = directory, replication_factor, sections, top
        self.rpc_secret = secrets.token_hex(32)
        try:
            for _ in range(nodes):
                self.add_node()
            self.wait_for_all()
        except BaseException:
            self.close()
            raise

    def wait_for_all(self, seconds: float = 30) -> None:
        """Until every node is connected to every other one."""
        until(lambda: all(len(rows_of(node.cli("status"), "HEALTHY NODES")) == len(self.nodes) for node in self.nodes),
              "every node sees all others", seconds)

    def add_node(self) -> Node:
        """One that is told of the first node only. Has the key of the others, where they have one."""
        space, address = self.network.add()
        node = Node(self.directory / f"node{len(self.nodes) + 1}", space, address)
        first = [f'"{self.nodes[0].id()}@{self.nodes[0].address}:3901"'] if self.nodes else []
        node.configure(replication_factor=self.replication_factor, rpc_secret=self.rpc_secret,
                       bootstrap_peers=", ".join(first), sections=self.sections, top=self.top)
        if self.nodes:
            node.access_key, node.secret_key = self.nodes[0].access_key, self.nodes[0].secret_key
        self.nodes.append(node)
        node.start()
        return node

    def add_stranger(self, **values) -> Node:
        """A node beside the cluster, which nobody knows."""
        space, address = self.network.add()
        node = Node(self.directory / f"stranger{len(self.network.spaces)}", space, address)
        node.configure(bootstrap_peers="", **values)
        node.start()
        return node

    def set_up(self, roles: list[tuple[str, str]] | None = None) -> None:
        """As people do it: a role for each node (zone and capacity), then a key and the bucket `my-bucket` that all know."""
        first = self.nodes[0]
        roles = roles or [(f"zone{number}", "100G") for number in range(1, len(self.nodes) + 1)]
        for node, (zone, capacity) in zip(self.nodes, roles, strict=True):
            first.cli("layout", "assign", node.id()[:10], "-z", zone, "-c", capacity)
        first.cli("layout", "apply", "--version", "1")
        self.make_key()
        first.cli("bucket", "create", "my-bucket")
        first.cli("bucket", "allow", "--read", "--write", "--owner", "my-bucket", "--key", "test-key")
        until(lambda: all("my-bucket" in node.cli("bucket", "list") for node in self.nodes), "everybody sees the bucket")

    def make_key(self, name: str = "test-key") -> None:
        said = self.nodes[0].cli("key", "create", name)
        access = re.search(r"Key ID:\s+(\S+)", said)[1]
        secret = re.search(r"Secret key:\s+(\S+)", said)[1]
        for node in self.nodes:
            node.access_key, node.secret_key = access, secret

    def stop(self) -> None:
        for node in self.nodes:
            if node.process.poll() is None:
                node.stop()

    def close(self) -> None:
        for node in self.nodes:
            if node.process and node.process.poll() is None:
                node.process.kill()
                node.process.wait()
        self.network.close()


@contextlib.contextmanager
def set_up_cluster(directory: pathlib.Path, roles: list[tuple[str, str]] | int = 3, replication_factor: int = 3,
                   sections: str = "", top: str = ""):
    """A cluster ready for clients; its nodes must end well, unless the block fails."""
    nodes = roles if isinstance(roles, int) else len(roles)
    made = Cluster(directory, nodes=nodes, replication_factor=replication_factor, sections=sections, top=top)
    try:
        made.set_up(None if isinstance(roles, int) else roles)
        yield made
        made.stop()
    finally:
        made.close()


def faults(cluster: Cluster, node: Node) -> dict:
    """What is done to a node, and how it is undone."""
    network, peer = cluster.network, next(other for other in cluster.nodes if other is not node)
    return {
        "killed": (node.kill9, node.start),
        "frozen": (node.freeze, node.thaw),
        "isolated": (lambda: network.isolate(node.space), lambda: network.join(node.space)),
        # It hears one peer, which does not hear it.
        "one way": (lambda: network.misdirect(node.space, peer.address), lambda: network.direct(node.space, peer.address)),
        "slow link": (lambda: network.slow(node.space, "20mbit"), lambda: network.fast(node.space)),
    }


def rows_of(text: str, title: str) -> list[list[str]]:
    """The rows of a table below its title and head, cut where two blanks or more stand."""
    lines = text.split(f"==== {title} ====\n")[1].split("\n\n")[0].splitlines() if f"==== {title} ====" in text else []
    return [re.split(r"\s{2,}", line.strip()) for line in lines[1:] if line.strip()]


def until(holds, what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.2)
