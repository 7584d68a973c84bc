"""What the manifests for Kubernetes promise, read as text: no cluster, no helm."""

import pathlib
import re

import pytest

DEPLOY = pathlib.Path(__file__).resolve().parents[2] / "deploy"
FILES = [DEPLOY / "kubernetes/statefulset.yaml", DEPLOY / "helm/garage/values.yaml"]


def probe(text: str, name: str) -> dict[str, str]:
    """The lines below `name:` that are indented deeper, as keys and values."""
    found = re.search(rf"^( *){name}:\n((?:\1 +.*\n)+)", text, re.MULTILINE)
    assert found, f"there is no {name}"
    return dict(line.strip().split(": ", 1) for line in found[2].splitlines())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_slow_start_is_not_killed(file):
    text = file.read_text()
    startup, liveness = probe(text, "startupProbe"), probe(text, "livenessProbe")
    assert startup["httpGet"] == liveness["httpGet"] == "{path: /health/live, port: admin}"
    assert int(startup["periodSeconds"]) * int(startup["failureThreshold"]) >= 3600
    assert int(liveness["periodSeconds"]) * int(liveness["failureThreshold"]) <= 300
    assert probe(text, "readinessProbe")["httpGet"] == "{path: /health/ready, port: admin}"


def test_older_versions_are_not_asked_to_wait_before_the_end():
    template = (DEPLOY / "helm/garage/templates/workload.yaml").read_text()
    condition, lifecycle = re.search(r"\n *({{- if .*PreStop.*}})\n *(lifecycle: .*)\n", template, re.IGNORECASE).groups()
    assert 'semverCompare ">=1.30.0-0"' in condition and "sleep" in lifecycle
    assert "sleep:" not in (DEPLOY / "kubernetes/statefulset.yaml").read_text()


def test_the_chart_uses_each_probe():
    template = (DEPLOY / "helm/garage/templates/workload.yaml").read_text()
    for name in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert f"{{{{- with .Values.{name} }}}}\n          {name}: {{{{- toYaml . | nindent 12 }}}}\n" in template
