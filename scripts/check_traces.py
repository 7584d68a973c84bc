#!/usr/bin/env python3
"""check_traces.py COLLECTOR: puts an object into three nodes and checks the trace that a real OpenTelemetry collector got of it.

COLLECTOR is a collector with the OTLP receiver and the debug exporter. With Go at hand one is built by

    mkdir -p build; go run go.opentelemetry.io/collector/cmd/builder@v0.115.0 --config scripts/collector-builder.yaml

which leaves build/otelcol/otelcol. Needs root (network namespaces), boto3 (tests/blackbox/requirements.txt), and the program, as
tests/blackbox does ($GARAGE_BINARY). Prints the tree; exit code 1 where it is not one tree, or names are not those of docs/metrics.md.
"""

import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/blackbox"))

from cluster import set_up_cluster, until  # noqa: E402
from traces import draw, problems, put_traced, sink_section  # noqa: E402

CONFIG = """
receivers:
  otlp:
    protocols:
      grpc:
        endpoint: 0.0.0.0:4317
exporters:
  debug:
    verbosity: detailed
service:
  telemetry:
    metrics:
      level: none
  pipelines:
    traces:
      receivers: [otlp]
      exporters: [debug]
"""


def spans_in(text: str) -> list[dict]:
    """What the debug exporter wrote."""
    found, instance = [], ""
    for part in re.split(r"(?=Span #\d+|ResourceSpans #\d+)", text):
        if service := re.search(r"service\.instance\.id: Str\((\w+)\)", part):
            instance = service[1]
        fields = dict(re.findall(r"^ +(Trace ID|Parent ID|ID|Name|Kind) +: ?(.*)$", part, re.M))
        if part.startswith("Span #"):
            found.append({key: value.strip() for key, value in fields.items()} | {"node": instance})
    return found


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    directory = pathlib.Path(tempfile.mkdtemp(prefix="garage-traces-"))
    config, log = directory / "collector.yaml", directory / "collector.log"
    config.write_text(CONFIG)
    with log.open("wb") as out:
        collector = subprocess.Popen([sys.argv[1], "--config", str(config)], stdout=out, stderr=out)
    try:
        with set_up_cluster(directory / "nodes", sections=sink_section(4317)) as cluster:
            trace, caller = put_traced(cluster.nodes[0])

            def spans() -> list[dict]:
                return [span for span in spans_in(log.read_text(errors="replace")) if span.get("Trace ID") == trace]

            until(lambda: any(span["Name"] == "S3 API PutObject" for span in spans()), "the collector has the root")
            time.sleep(3)  # what was still on its way
            seen = spans()
        draw(seen, caller)
        wrong = problems(seen, caller)
        print("\n".join(wrong) or f"{len(seen)} spans, one tree")
        return 1 if wrong else 0
    finally:
        collector.terminate()
        collector.wait()


if __name__ == "__main__":
    sys.exit(main())
