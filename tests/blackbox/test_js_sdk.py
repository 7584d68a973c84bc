"""The AWS SDK for JavaScript: runs js/sdk.test.cjs with node's own test runner. scripts/test installs the SDK into build/js."""

import os
import pathlib
import re

import pytest

import clients

HERE = pathlib.Path(__file__).resolve().parent


def modules() -> pathlib.Path:
    path = pathlib.Path(os.environ.get("GARAGE_JS_MODULES") or HERE.parents[1] / "build/js/node_modules")
    if not (path / "@aws-sdk/client-s3").is_dir():
        pytest.fail(f"{path} is missing: scripts/test --blackbox installs it, or set GARAGE_JS_MODULES")
    return path


def test_sdk(server, bucket):
    environment = clients.aws_environment(server) | {"NODE_PATH": str(modules()), "TEST_ENDPOINT": server.endpoint,
                                                     "TEST_REGION": server.region, "TEST_BUCKET": bucket}
    said = clients.run(clients.program("node"), "--test", "--test-reporter=tap", HERE / "js/sdk.test.cjs",
                       environment=environment)
    passed = int(re.search(r"^# pass (\d+)$", said, re.MULTILINE)[1])
    assert passed >= 11, said
