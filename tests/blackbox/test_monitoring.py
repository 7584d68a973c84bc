"""What deploy/monitoring ships: alerts that do what they say, and queries a real Prometheus has an answer to."""

import contextlib
import itertools
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
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
# Where to draw the dashboard to, if anywhere; draw_dashboard.py needs matplotlib.
PICTURE = os.environ.get("GARAGE_DASHBOARD_PICTURE")


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
    """Three nodes, of which the last one has no role yet, and a Prometheus that scrapes them every second; the address of its API."""
    with set_up_cluster(tmp_path / "cluster", roles=2, replication_factor=2, sections=SECTIONS) as cluster:
        cluster.add_node()
        cluster.wait_for_all()
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


def test_prometheus_has_an_answer_to_every_query_of_the_dashboard(prometheus, tmp_path):
    cluster, address = prometheus
    sys.path.insert(0, str(FOLDER))
    import dashboard_queries

    first, last = cluster.nodes[0], cluster.nodes[-1]
    s3 = clients.boto(first)
    first.cli("bucket", "website", "--allow", "my-bucket")
    numbers = itertools.cycle(range(20))

    def use_it() -> None:
        number = next(numbers)
        for kind, body in (("small", b"small"), ("large", clients.pattern(2_000_000, number))):
            clients.outcome_of(s3.put_object, Bucket="my-bucket", Key=f"{kind}{number}", Body=body)
            clients.outcome_of(s3.get_object, Bucket="my-bucket", Key=f"{kind}{number}")
        clients.outcome_of(s3.list_objects_v2, Bucket="my-bucket")
        clients.outcome_of(s3.get_object, Bucket="my-bucket", Key="missing")
        for key in ("small0", "missing"):
            page = urllib.request.Request(f"http://{first.address}:3902/{key}", headers={"Host": "my-bucket.web.test"})
            with contextlib.suppress(urllib.error.HTTPError):
                urllib.request.urlopen(page, timeout=10).read()

    def empty() -> list[str]:
        use_it()
        try:
            return [f"{panel['title']}: {target['expr']}" for panel in dashboard_queries.panels() for target in panel["targets"]
                    if not dashboard_queries.ask(address, "query", query=dashboard_queries.filled_in(target["expr"], "1m"))]
        except OSError:
            return ["Prometheus does not answer yet"]

    # What is there moves to the last node: repair sends and receives.
    for _ in range(5):
        use_it()
    first.cli("layout", "assign", last.id()[:10], "-z", "zone3", "-c", "100G")
    first.cli("layout", "apply", "--version", "2")
    try:
        until(lambda: not empty(), "every query has an answer", 60)
    except AssertionError as late:
        raise AssertionError(f"without an answer: {empty()}") from late
    run(sys.executable, "check_dashboard.py", address, "1m")
    if PICTURE:
        go_through_a_failure(last, use_it)
        run(sys.executable, "draw_dashboard.py", address, PICTURE, 3)


def go_through_a_failure(node, use_it) -> None:
    """For people who look at the picture: a node is away for half a minute, and comes back."""
    steps = (lambda: None, node.kill9, node.start)
    for step in steps:
        step()
        end = time.monotonic() + 30
        while time.monotonic() < end:
            use_it()
