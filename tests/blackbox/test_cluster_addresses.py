"""Which address a node tells others, and from which it dials."""

import subprocess

import cluster as cluster_module
from cluster import Cluster, rows_of, until


def peer_addresses(space: str) -> list[str]:
    """From where the space is connected to peer ports elsewhere."""
    done = subprocess.run(["ip", "netns", "exec", space, "ss", "-Htn", "state", "established"], capture_output=True, text=True,
                          check=True)
    pairs = [line.split()[-2:] for line in done.stdout.splitlines()]
    return [ours.rsplit(":", 1)[0] for ours, theirs in pairs if theirs.endswith(":3901")]


def test_a_node_finds_its_address_and_dials_from_it(tmp_path):
    made = Cluster(tmp_path, nodes=2)
    try:
        space, address = made.network.add()
        second = f"{made.network.prefix}.200"
        cluster_module.ip("-n", space, "addr", "add", f"{second}/24", "dev", "eth0")
        first = made.nodes[0]
        settings = {"replication_factor": 3, "rpc_secret": made.rpc_secret,
                    "bootstrap_peers": f'"{first.id()}@{first.address}:3901"'}
        lines = f'rpc_bind_addr = "{address}:3901"\nrpc_public_addr = "{address}:3901"\n'

        def start(name: str, instead: str) -> cluster_module.Node:
            """A new node, which nobody can dial before it has dialled the first one."""
            node = cluster_module.Node(tmp_path / name, space, address)
            node.configure(**settings)
            text = node.config.read_text()
            assert lines in text
            node.config.write_text(text.replace(lines, instead))
            node.start()
            until(lambda: all(len(rows_of(one.cli("status"), "HEALTHY NODES")) == 3 for one in made.nodes), "all see it")
            return node

        # It listens everywhere, and tells the address that is in the network asked for.
        node = start("third", f'rpc_bind_addr = "0.0.0.0:3901"\nrpc_public_addr_subnet = "{second}/32"\n')
        assert f"{second}:3901" in node.cli("status")
        until(lambda: f"{second}:3901" in made.nodes[1].cli("status"), "others know that address")
        node.stop()
        node = start("fourth",
                     f'rpc_bind_addr = "{second}:3901"\nrpc_public_addr = "{second}:3901"\nrpc_bind_outgoing = true\n')
        dialled = peer_addresses(space)
        assert dialled and set(dialled) == {second}, dialled
        node.stop()
        node.config.write_text(node.config.read_text().replace("rpc_bind_outgoing", 'rpc_public_addr_subnet = "10/8"\n#'))
        node.config.write_text(node.config.read_text().replace(f'rpc_public_addr = "{second}:3901"\n', ""))
        done = node.run_cli("server")
        assert done.returncode == 1 and "rpc_public_addr_subnet" in done.stderr and "'10/8'" in done.stderr, done.stderr
        made.stop()
    finally:
        made.close()
