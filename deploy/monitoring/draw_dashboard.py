#!/usr/bin/env python3
"""draw_dashboard.py PROMETHEUS_URL PICTURE.png [MINUTES]: draws the panels of the dashboard from Prometheus' answers (needs matplotlib)."""

import math
import sys
import time

import matplotlib

matplotlib.use("Agg")
import matplotlib.dates  # noqa: E402
import matplotlib.pyplot  # noqa: E402

from dashboard_queries import ask, filled_in, panels  # noqa: E402

COLUMNS, POINTS = 3, 200


def label(pattern: str, metric: dict) -> str:
    for name, value in metric.items():
        pattern = pattern.replace("{{" + name + "}}", value)
    return pattern


def draw(axes, panel: dict, prometheus: str, minutes: float) -> None:
    end = time.time()
    step = max(1, int(minutes * 60 / POINTS))
    for target in panel["targets"]:
        expression = filled_in(target["expr"], "1m")
        for series in ask(prometheus, "query_range", query=expression, start=end - minutes * 60, end=end, step=step):
            # Matplotlib counts days since the epoch.
            points = [(at / 86400, float(value)) for at, value in series["values"]]
            axes.plot([at for at, _ in points], [value for _, value in points], linewidth=1,
                      label=label(target["legendFormat"] or panel["title"], series["metric"])[:40])
    axes.set_title(panel["title"], fontsize=9)
    axes.xaxis.set_major_formatter(matplotlib.dates.DateFormatter("%H:%M"))
    axes.tick_params(labelsize=6)
    if axes.lines:
        axes.legend(fontsize=5, loc="upper left")
    else:
        axes.text(0.5, 0.5, "no answer", ha="center", transform=axes.transAxes)


def main() -> int:
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    prometheus, picture = sys.argv[1].rstrip("/"), sys.argv[2]
    minutes = float(sys.argv[3]) if len(sys.argv) > 3 else 60
    drawn = panels()
    rows = math.ceil(len(drawn) / COLUMNS)
    figure, grid = matplotlib.pyplot.subplots(rows, COLUMNS, figsize=(6 * COLUMNS, 2.4 * rows))
    for axes, panel in zip(grid.flat, drawn):
        draw(axes, panel, prometheus, minutes)
    for axes in grid.flat[len(drawn):]:
        axes.set_visible(False)
    figure.tight_layout()
    figure.savefig(picture, dpi=70)
    return 0


if __name__ == "__main__":
    sys.exit(main())
