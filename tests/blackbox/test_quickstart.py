"""scripts/quickstart: what it prints can be pasted, and what was stored is there at the next start."""

import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest

import clients
import server as server_module

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/quickstart"


@pytest.fixture
def quickstart(tmp_path):
    """The script in a checkout that has nothing else, so that run/ is ours."""
    script = tmp_path / "scripts/quickstart"
    script.parent.mkdir()
    shutil.copy(SCRIPT, script)
    log = tmp_path / "said"

    def run(*options: str) -> str:
        # To a file: the server that stays in the background would hold a pipe open.
        with log.open("w") as said:
            done = subprocess.run([script, "--no-install", "--binary", server_module.binary(), *options], stdout=said,
                                  stdin=subprocess.DEVNULL, stderr=said, timeout=120, env=clients.clean_environment())
        assert done.returncode == 0, log.read_text()
        return log.read_text()

    yield run
    run("--stop")


def paste(said: str, title: str, directory: pathlib.Path) -> str:
    """Runs the commands printed below a title, as a person would in a new terminal."""
    lines = re.search(rf"^{title}\n((?:  .*\n)+)", said, re.MULTILINE)[1]
    return clients.run("bash", "-euc", lines, cwd=directory, environment={"HOME": str(directory)})


def garage(directory: pathlib.Path, *words: str) -> str:
    return clients.run(server_module.binary(), "-c", directory / "run/garage.toml", *words)


def node_of(directory: pathlib.Path) -> str:
    return garage(directory, "node", "id", "-q").split("@")[0].strip()


def test_what_is_printed_works(quickstart, tmp_path):
    said = quickstart("--port", str(server_module.free_ports(2)[0]))
    (tmp_path / "README.md").write_text("# Hello\n")
    paste(said, "awscli", tmp_path)
    assert "8 README.md" in paste(said, "rclone", tmp_path)
    assert "README.md" in paste(said, "s3cmd", tmp_path)
    assert "created restic repository" in paste(said, "restic", tmp_path)
    assert "ID" in paste(said, "The command line of the server:", tmp_path)

    assert "runs already" in quickstart()
    assert "stopped" in quickstart("--stop")
    assert "no server is running" in quickstart("--stop")
    # After a change of the layout it is no single node in the sense of the first start, and starts all the same.
    quickstart()
    for words in (["layout", "assign", "-c", "200G", node_of(tmp_path)], ["layout", "apply", "--version", "2"]):
        garage(tmp_path, *words)
    assert "stopped" in quickstart("--stop")
    assert "counts at the first start only" in quickstart("--port", "4321")
    assert "8 README.md" in paste(quickstart(), "rclone", tmp_path)
    # One that was killed leaves its process id, of which nothing is said.
    os.kill(int((tmp_path / "run/garage.pid").read_text()), signal.SIGKILL)
    assert "No such file" not in quickstart()
    assert "assertion failed" not in (tmp_path / "run/garage.log").read_text()
