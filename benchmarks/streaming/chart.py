"""Draws the chart of the delays: `python -m benchmarks.streaming.chart PATH TEXT`, with the figures as JSON on stdin.

A program of its own: matplotlib is in the benchmarks' environment, the services are in the project's.
"""

import json
import sys

from benchmarks import charts
from benchmarks.readme import README
from benchmarks.streaming.report import WHOLE

if __name__ == "__main__":
    path, text = sys.argv[1:]
    drawing = charts.shares(json.load(sys.stdin), WHOLE, "ms from the app's yield to the client")
    charts.write(README.parent / path, text, drawing)
