"""The trace of one PutObject over three nodes: how it is made, and what it has to look like.

A span is a dict of "Name", "ID", "Parent ID", "Kind" and "node" (its service.instance.id)."""

import os
import secrets

import clients

WANTED = {"S3 API PutObject", "key get", "bucket_alias get", "bucket_v2 get", "object insert", "BlockManagerLocked::write_block"}
BODY_BYTES = 3 << 20


def sink_section(port: int) -> str:
    """For the configuration of nodes: this machine, as the bridge of the nodes knows it."""
    return f'\n[admin]\napi_bind_addr = "{{ip}}:3903"\ntrace_sink = "http://10.213.{os.getpid() % 250}.254:{port}"\n'


def put_traced(node) -> tuple[str, str]:
    """Puts an object within a trace; returns its id, and that of the span that asks."""
    trace, caller = secrets.token_hex(16), secrets.token_hex(8)
    s3 = clients.boto(node)
    s3.meta.events.register("before-send.s3", lambda request, **_: request.headers.__setitem__(
        "traceparent", f"00-{trace}-{caller}-01"))
    s3.put_object(Bucket="my-bucket", Key="traced", Body=clients.pattern(BODY_BYTES, "traced"))
    return trace, caller


def draw(spans: list[dict], parent: str, depth: int = 0) -> None:
    for span in spans:
        if span["Parent ID"] == parent:
            print(f"{'  ' * depth}{span['Name']}  [{span['Kind']}, {span['node']}]")
            draw(spans, span["ID"], depth + 1)


def problems(spans: list[dict], caller: str) -> list[str]:
    by_id = {span["ID"]: span for span in spans}
    found = []
    roots = [span["Name"] for span in spans if span["Parent ID"] == caller]
    if roots != ["S3 API PutObject"]:
        found.append(f"below the caller's span there is not one root: {roots}")
    for span in spans:
        parent = by_id.get(span["Parent ID"])
        if parent is None and span["Parent ID"] != caller:
            found.append(f"{span['Name']} has no parent")
        if span["Name"].startswith(">> RPC ") and parent is not None:
            if parent["Name"] != "RPC >> " + span["Name"].removeprefix(">> RPC ") or parent["node"] == span["node"]:
                found.append(f"{span['Name']} belongs to {parent['Name']} of {parent['node']}")
    if missing := WANTED - {span["Name"] for span in spans}:
        found.append(f"missing: {sorted(missing)}")
    if len({span["node"] for span in spans}) != 3:
        found.append("not all nodes have told of it")
    return found
