"""A start that takes long: here one whose metadata cannot be read yet."""

import os
import signal
import subprocess
import time

import pytest

import server as server_module
from test_bad_config import write_config


@pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_during_the_start_ends_it_at_once(tmp_path, which):
    config = write_config(tmp_path)
    database = tmp_path / "meta" / "db.rocksdb"
    database.mkdir(parents=True)
    os.mkfifo(database / "CURRENT")  # whoever reads it waits for a writer
    log = tmp_path / "log"
    with log.open("ab") as out:
        process = subprocess.Popen([str(server_module.binary()), "-c", str(config), "server", "--single-node"],
                                   stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        deadline = time.monotonic() + server_module.START_SECONDS
        # The last line before it opens the database. From there on nothing else happens.
        while "Node ID of this node" not in log.read_text() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(which)
        assert process.wait(server_module.STOP_SECONDS) == 0, log.read_text()
    finally:
        process.kill()
        process.wait()
    said = log.read_text()
    assert f"received {which.name} during the start" in said and "ready" not in said, said

