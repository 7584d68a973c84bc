"""One garage process in a directory of its own, listening on free ports of 127.0.0.1."""

import os
import pathlib
import random
import re
import secrets
import signal
import socket
import subprocess
import time

START_SECONDS = 60
STOP_SECONDS = 60
CLI_SECONDS = 60

CONFIG = """\
metadata_dir = "{directory}/meta"
data_dir = "{directory}/data"
replication_factor = 1
rpc_bind_addr = "127.0.0.1:{rpc_port}"
rpc_secret = "{rpc_secret}"

[s3_api]
s3_region = "{region}"
api_bind_addr = "127.0.0.1:{s3_port}"
"""


def binary() -> pathlib.Path:
    """The program under test: $GARAGE_BINARY, else what the release preset builds."""
    root = pathlib.Path(__file__).resolve().parents[2]
    path = pathlib.Path(os.environ.get("GARAGE_BINARY") or root / "build/release/garage").absolute()
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: build it (cmake --build --preset release) or set GARAGE_BINARY")
    return path


def free_ports(count: int) -> list[int]:
    """Neighbours, below the range from which the system serves connections: nobody gets one between here and its use by chance."""
    while True:
        first = random.randrange(10_000, 32_000)
        held = []
        try:
            held = [socket.create_server(("127.0.0.1", first + i)) for i in range(count)]
            return [first + i for i in range(count)]
        except OSError:
            continue
        finally:
            for one in held:
                one.close()


# Of the program itself, and of the sanitizers that it may be built with.
REPORTS = ["assertion failed", "runtime error:", "ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "WARNING: ThreadSanitizer"]


class ServerError(AssertionError):
    """The server did not do what every server has to do: start, stay, stop."""


def check_log(log: pathlib.Path) -> None:
    """Raises if a program that wrote this found a mistake of its own."""
    for line in log.read_text(errors="replace").splitlines():
        if any(report in line for report in REPORTS):
            raise ServerError(f"the log says: {line}")


class Server:
    """Starts on creation. `stop()` checks how it ends; whoever creates one has to call it or `kill9()`."""

    region = "garage"
    bucket = "first-bucket"

    def __init__(self, directory: pathlib.Path, settings: str = "", sections: str = ""):
        """`settings` are further lines for the top of the configuration file, `sections` for its end."""
        self.directory = directory
        self.rpc_port, self.s3_port = free_ports(2)
        self.rpc_secret = secrets.token_hex(32)
        self.access_key = "GK" + secrets.token_hex(12)
        self.secret_key = secrets.token_hex(32)
        self.endpoint = f"http://127.0.0.1:{self.s3_port}"
        self.config = directory / "garage.toml"
        self.log = directory / "log"
        values = {"directory": directory, "rpc_port": self.rpc_port, "s3_port": self.s3_port,
                  "rpc_secret": self.rpc_secret, "region": self.region}
        self.config.write_text(settings + CONFIG.format(**values) + sections)
        self.config.chmod(0o600)
        self.process: subprocess.Popen | None = None
        self.start()

    @property
    def data_dir(self) -> pathlib.Path:
        return self.directory / "data"

    @property
    def pid(self) -> int:
        return self.process.pid

    def start(self) -> None:
        environment = dict(os.environ, GARAGE_DEFAULT_ACCESS_KEY=self.access_key,
                           GARAGE_DEFAULT_SECRET_KEY=self.secret_key, GARAGE_DEFAULT_BUCKET=self.bucket)
        command = [str(binary()), "-c", str(self.config), "server", "--single-node", "--default-bucket"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise ServerError(f"the server ended at its start with code {self.process.returncode}:\n{self.log_tail()}")
            if self.answers():
                return
            time.sleep(0.02)
        self.process.kill()
        self.process.wait()
        raise ServerError(f"the server does not listen after {START_SECONDS} s:\n{self.log_tail()}")

    def answers(self) -> bool:
        """Whatever it answers: to be connected says little, for a start tries whether it can have its ports."""
        try:
            with socket.create_connection(("127.0.0.1", self.s3_port), timeout=10) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                return connection.recv(5) == b"HTTP/"
        except OSError:
            return False

    def stop(self) -> None:
        """By SIGTERM, as a service manager does; it has to end by itself, well, and without a word about bugs."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise ServerError(f"the server does not stop within {STOP_SECONDS} s:\n{self.log_tail()}") from None
        if code != 0:
            raise ServerError(f"the server stopped with code {code}:\n{self.log_tail()}")
        self.check_log()

    def kill9(self) -> None:
        self.process.kill()
        self.process.wait()

    def restart(self) -> None:
        self.stop()
        self.start()

    def check_log(self) -> None:
        check_log(self.log)

    def log_tail(self, lines: int = 30) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def run_cli(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        """`garage -c garage.toml <arguments>`, whatever it ends with."""
        return subprocess.run([str(binary()), "-c", str(self.config), *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=CLI_SECONDS, env=dict(os.environ, **environment))

    def cli(self, *arguments: str) -> str:
        """What the command prints; it has to succeed."""
        done = self.run_cli(*arguments)
        if done.returncode != 0:
            raise ServerError(f"garage {' '.join(arguments)}: code {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def rss_mib(self) -> float:
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def data_bytes(self) -> int:
        """What the blocks occupy on disk: holes and sparse ends do not count."""
        return sum(path.stat().st_blocks * 512 for path in self.data_dir.rglob("*") if path.is_file())
