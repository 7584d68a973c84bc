"""What three nodes tell Prometheus, held against docs/metrics.md; and that a trace sink that is away hurts nobody."""

import pathlib
import re
import shutil
import subprocess
import urllib.error
import urllib.request

import pytest

import clients
from cluster import set_up_cluster, until
from metrics_page import scrape, series

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs/metrics.md"
# Nobody listens at the trace sink.
SECTIONS = """
[admin]
api_bind_addr = "{ip}:3903"
trace_sink = "http://{ip}:4317"
"""


def documented() -> dict[str, tuple[str, set[str], bool]]:
    """Of each metric in the document: its type, its labels, and whether it is always there."""
    found = {}
    text = DOCUMENT.read_text().split("## Names of Garage that are missing here")[0]
    labels_before: set[str] = set()
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and (name := re.fullmatch(r"`(\w+)`", cells[0])):
            labels_before = labels_before if cells[2] == "the same" else {one.strip() for one in cells[2].split(",") if one}
            found[name[1]] = (cells[1], labels_before - {""}, cells[3] == "")
    assert len(found) > 40
    return found


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with set_up_cluster(tmp_path_factory.mktemp("metrics"), sections=SECTIONS) as made:
        for node in made.nodes:
            s3 = clients.boto(node)
            s3.put_object(Bucket="my-bucket", Key="large", Body=clients.pattern(3_000_000, node.address))
            s3.put_object(Bucket="my-bucket", Key="small", Body=b"small")
            s3.get_object(Bucket="my-bucket", Key="large")["Body"].read()
            s3.list_objects_v2(Bucket="my-bucket")
            with pytest.raises(s3.exceptions.NoSuchKey):
                s3.get_object(Bucket="my-bucket", Key="absent")
        yield made


def test_the_document_and_the_nodes_agree(cluster):
    pages = documented()
    for node in cluster.nodes:
        text = scrape(node.address)
        types = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.M))
        assert set(types) - set(pages) == set(), "metrics that docs/metrics.md does not name"
        assert {name for name, (_, _, always) in pages.items() if always} - set(types) == set(), "metrics that are not there"
        for name, kind in types.items():
            assert kind == pages[name][0], name
            for labels in re.findall(rf"^{name}(?:_bucket|_sum|_count)?(?:\{{(.*)\}})? ", text, re.M):
                seen = set(re.findall(r'(\w+)="', labels)) - ({"le"} if kind == "histogram" else set())
                assert seen <= pages[name][1], name
                assert seen == pages[name][1] or name.startswith("cluster_layout_node"), name


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed (Debian package prometheus)")
def test_promtool_reads_them(cluster):
    done = subprocess.run(["promtool", "check", "metrics"], input=scrape(cluster.nodes[0].address), capture_output=True, text=True)
    # Its style advice ("should end in _total") is against the names of Garage; what it cannot read is an error.
    assert done.returncode in (0, 3) and "error while linting" not in done.stderr, done.stderr


def test_requests_are_counted_where_they_were_made(cluster):
    seen = series(scrape(cluster.nodes[1].address))
    assert seen['api_s3_request_counter{api_endpoint="PutObject"}'] == 2
    assert seen['api_s3_request_counter{api_endpoint="GetObject"}'] == 2
    assert seen['api_s3_request_duration_count{api_endpoint="GetObject"}'] == 2
    assert seen['api_s3_error_counter{api_endpoint="GetObject",status_code="404"}'] == 1
    assert seen['table_put_request_counter{table_name="object"}'] >= 2
    assert seen["cluster_healthy"] == 1 and seen["cluster_storage_nodes_ok"] == 3 and seen["cluster_partitions_all_ok"] == seen["cluster_partitions"] > 0
    assert seen["block_bytes_written"] > 3_000_000
    assert sum(value for name, value in seen.items() if name.startswith("rpc_request_counter{")) > 0
    assert sum(value for name, value in seen.items() if name.startswith("cluster_layout_node_connected{")) == 3


def test_the_memory_of_uploads_is_given_back(cluster):
    # Each loop has its share, rounded down.
    until(lambda: 255 * 1024 < series(scrape(cluster.nodes[1].address))["block_ram_buffer_free_kb"] <= 256 * 1024, "no upload holds memory")


def test_a_refused_request_counts_under_its_endpoint(cluster):
    request = urllib.request.Request(f"{cluster.nodes[0].endpoint}/my-bucket/small")
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(request, timeout=10)
    assert series(scrape(cluster.nodes[0].address))['api_s3_error_counter{api_endpoint="GetObject",status_code="403"}'] == 1


def test_a_trace_sink_that_is_away_only_costs_spans(cluster):
    s3 = clients.boto(cluster.nodes[0])
    for _ in range(20):
        s3.get_object(Bucket="my-bucket", Key="small")["Body"].read()
    until(lambda: series(scrape(cluster.nodes[0].address))["garage_trace_spans_dropped"] > 0, "spans are counted as dropped")
    assert "trace_id=" in cluster.nodes[0].log.read_text()
