"""scripts/quickstart: what it prints can be pasted, and what was stored is there at the next start."""

import pathlib
import re
import shutil
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
    assert "8 README.md" in paste(quickstart(), "rclone", tmp_path)
    assert "assertion failed" not in (tmp_path / "run/garage.log").read_text()
