"""What a gRPC server, with the published messages of OpenTelemetry, receives of one PutObject over three nodes."""

from concurrent import futures
import time

import pytest

from cluster import set_up_cluster, until
from traces import problems, put_traced, sink_section

grpc = pytest.importorskip("grpc")
trace_service = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
trace_service_grpc = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc")


class Collector(trace_service_grpc.TraceServiceServicer):
    def __init__(self):
        self.spans: list[dict] = []

    def Export(self, request, context):  # noqa: N802
        for of_node in request.resource_spans:
            resource = {one.key: one.value.string_value for one in of_node.resource.attributes}
            assert resource["service.name"] == "garage"
            for span in (span for scope in of_node.scope_spans for span in scope.spans):
                assert 0 < span.start_time_unix_nano <= span.end_time_unix_nano
                self.spans.append({"Trace ID": span.trace_id.hex(), "ID": span.span_id.hex(), "Parent ID": span.parent_span_id.hex(),
                                   "Name": span.name, "Kind": span.kind, "node": resource["service.instance.id"],
                                   "attributes": {one.key: one.value.string_value for one in span.attributes}})
        return trace_service.ExportTraceServiceResponse()


def test_one_put_is_one_tree(tmp_path):
    collector = Collector()
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    trace_service_grpc.add_TraceServiceServicer_to_server(collector, server)
    port = server.add_insecure_port("0.0.0.0:0")
    server.start()
    try:
        with set_up_cluster(tmp_path, sections=sink_section(port)) as cluster:
            trace, caller = put_traced(cluster.nodes[0])

            def spans() -> list[dict]:
                return [span for span in collector.spans if span["Trace ID"] == trace]

            until(lambda: any(span["Name"] == "S3 API PutObject" for span in spans()), "the collector has the root")
            time.sleep(3)  # what was still on its way
            seen = spans()
            assert problems(seen, caller) == []
            root = next(span for span in seen if span["Name"] == "S3 API PutObject")
            assert root["attributes"] == {"method": "PUT", "uri": "/my-bucket/traced", "endpoint": "PutObject", "bucket": "my-bucket"}
            assert f"trace_id={trace}" in cluster.nodes[0].log.read_text()
    finally:
        server.stop(0)
