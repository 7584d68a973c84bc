"""What deploy/monitoring ships: alerts that do what they say, and queries a real Prometheus has an answer to."""

import contextlib
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

import clients
from cluster import set_up_cluster, until

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "deploy/monitoring"
SECTIONS = """
[admin]
api_bind_addr = "{ip}:3903"

[s3_web]
bind_addr = "{ip}:3902"
root_domain = ".web.test"
"""
# What has not happened has no series: these need a repair, an error of a duty or a node that is away.
MAY_BE_EMPTY = ("Blocks sent and fetched", "Rows sent and received", "Kept for nodes", "Calls that failed")


def run(*command, cwd=FOLDER) -> str:
    done = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def test_the_alerts_do_what_they_say():
    run("promtool", "check", "rules", "rules.yml")
    run("promtool", "check", "config", "prometheus.yml")
    run("promtool", "test", "rules", "rules_test.yml")


@pytest.fixture
def prometheus(tmp_path):
    """Three nodes and a Prometheus that scrapes them every second; the address of its API."""
    with set_up_cluster(tmp_path / "cluster", sections=SECTIONS) as cluster:
        home = tmp_path / "prometheus"
        shutil.copytree(FOLDER, home)
        targets = [{"targets": [f"{node.address}:3903" for node in cluster.nodes], "labels": {}}]
        (home / "targets.json").write_text(json.dumps(targets))
        settings = (home / "prometheus.yml").read_text().replace("15s", "1s")
        (home / "prometheus.yml").write_text(settings)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        with (home / "log").open("wb") as log:
            process = subprocess.Popen(
                ["prometheus", f"--config.file={home}/prometheus.yml", f"--storage.tsdb.path={home}/data",
                 f"--web.listen-address=127.0.0.1:{port}"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            yield cluster, f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def test_prometheus_has_an_answer_to_the_dashboard(prometheus):
    cluster, address = prometheus
    sys.path.insert(0, str(FOLDER))
    import dashboard_queries

    first = cluster.nodes[0]
    s3 = clients.boto(first)
    first.cli("bucket", "website", "--allow", "my-bucket")

    def use_it() -> None:
        for number, body in enumerate([b"small", clients.pattern(2_000_000, "large")]):
            s3.put_object(Bucket="my-bucket", Key=f"{number}", Body=body)
            s3.get_object(Bucket="my-bucket", Key=f"{number}")["Body"].read()
        s3.list_objects_v2(Bucket="my-bucket")
        clients.outcome_of(s3.get_object, Bucket="my-bucket", Key="missing")
        for key in ("0", "missing"):
            page = urllib.request.Request(f"http://{first.address}:3902/{key}", headers={"Host": "my-bucket.web.test"})
            with contextlib.suppress(urllib.error.HTTPError):
                urllib.request.urlopen(page, timeout=10).read()

    def empty() -> list[str]:
        use_it()
        try:
            return [panel["title"] for panel in dashboard_queries.panels() for target in panel["targets"]
                    if not panel["title"].startswith(MAY_BE_EMPTY)
                    and not dashboard_queries.ask(address, "query", query=dashboard_queries.filled_in(target["expr"], "15s"))]
        except OSError:
            return ["Prometheus does not answer yet"]

    try:
        until(lambda: not empty(), "every panel has an answer", 60)
    except AssertionError as late:
        raise AssertionError(f"without an answer: {empty()}") from late
