"""scripts/cluster: three nodes start with one command, survive the loss of one, and go again."""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess

import clients
import server as server_module

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/cluster"


def test_three_zones_with_one_command(tmp_path):
    script = tmp_path / "scripts/cluster"
    script.parent.mkdir()
    shutil.copy(SCRIPT, script)
    port = server_module.free_ports(16)[0]

    def run(*options: str, code: int = 0) -> str:
        # To a file: the servers that stay in the background would hold a pipe open.
        with (tmp_path / "said").open("w+") as said:
            done = subprocess.run([script, "--binary", server_module.binary(), *options], stdout=said, stderr=said,
                                  stdin=subprocess.DEVNULL, timeout=120)
            said.seek(0)
            text = said.read()
        assert done.returncode == code, text
        return text

    try:
        assert "not 'abc'" in run("--port", "abc", code=1)
        with socket.create_server(("127.0.0.1", port + 3)):
            said = run("--port", str(port))
        assert f"is taken, trying {port + 10}" in said
        assert all(zone in said for zone in ("zone1", "zone2", "zone3"))
        key = clients.Key(re.search(r"access key  (\S+)", said)[1], re.search(r"secret key  (\S+)", said)[1])
        endpoints = re.findall(r"node \d      (http://\S+)", said)
        assert len(endpoints) == 3
        s3 = [clients.boto(Endpoint(url), key) for url in endpoints]
        s3[0].put_object(Bucket="cluster", Key="k", Body=b"there")
        os.kill(int((tmp_path / "run/cluster/1/pid").read_text()), signal.SIGKILL)
        assert s3[2].get_object(Bucket="cluster", Key="k")["Body"].read() == b"there"
        said = run("--port", str(port))
        assert "FAILED" not in said and "No such file" not in said
        assert f"--port counts at the first start only: the first node stays at 127.0.0.1:{port + 10}" in said
        assert s3[0].get_object(Bucket="cluster", Key="k")["Body"].read() == b"there"
    finally:
        run("--remove")
    assert not (tmp_path / "run/cluster").exists()


class Endpoint:
    """What `clients.boto()` wants to know of a server."""

    region = "garage"

    def __init__(self, url: str):
        self.endpoint = url
