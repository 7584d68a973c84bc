"""What a node tells Prometheus."""

import urllib.request

ADMIN_PORT = 3903


def scrape(host: str, port: int = ADMIN_PORT) -> str:
    with urllib.request.urlopen(f"http://{host}:{port}/metrics", timeout=10) as answer:
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        return answer.read().decode()


def series(text: str) -> dict[str, float]:
    """By name and labels, as they stand on the page."""
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if not line.startswith("#")}
