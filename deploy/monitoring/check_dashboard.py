#!/usr/bin/env python3
"""check_dashboard.py PROMETHEUS_URL [WINDOW]: asks Prometheus each query of the dashboard; exit code 1 if one has no answer.

WINDOW is the time that rates look back over (5m). What has not happened has no series: a cluster without a website, without an error or
without a repair has no answer for those panels. Give it some of each before, or read the list with that in mind."""

import sys

from dashboard_queries import ask, filled_in, panels


def main() -> int:
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    prometheus, window = sys.argv[1].rstrip("/"), sys.argv[2] if len(sys.argv) > 2 else "5m"
    asked, empty = 0, []
    for panel in panels():
        for target in panel["targets"]:
            asked += 1
            expression = filled_in(target["expr"], window)
            if not ask(prometheus, "query", query=expression):
                empty.append(f"{panel['title']}: {expression}")
    print("\n".join(empty))
    print(f"{asked} queries, {len(empty)} without an answer")
    return 1 if empty else 0


if __name__ == "__main__":
    sys.exit(main())
