"""The queries of the dashboard, and Prometheus' answers to them: what check_dashboard.py and draw_dashboard.py share."""

import json
import pathlib
import urllib.parse
import urllib.request

DASHBOARD = pathlib.Path(__file__).parent / "grafana/dashboards/garage.json"


def panels() -> list[dict]:
    return [panel for panel in json.loads(DASHBOARD.read_text())["panels"] if panel.get("targets")]


def filled_in(expression: str, window: str) -> str:
    """With what Grafana would put in the place of its variables."""
    for variable, value in {"$job": "garage", "$instance": ".*", "$__rate_interval": window}.items():
        expression = expression.replace(variable, value)
    return expression


def ask(prometheus: str, path: str, **parameters) -> list[dict]:
    with urllib.request.urlopen(f"{prometheus}/api/v1/{path}?{urllib.parse.urlencode(parameters)}", timeout=30) as answer:
        return json.load(answer)["data"]["result"]
