"""Bar charts as SVG for a light and a dark page: the same hues, no background, and the same bytes for the same figures.

Matplotlib draws. Text stays text, in the reader's own font, so that a file is small and can be searched.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator, PercentFormatter

FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"
SETTINGS = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the layout is the same on every machine
    "font.size": 9,
    "svg.fonttype": "none",
    "svg.hashsalt": "benchmarks",
    "axes.linewidth": 0.6,
}


@dataclass(frozen=True)
class Theme:
    name: str
    text: str
    quiet: str
    ours: str
    others: Sequence[str]


LIGHT = Theme("light", "#1f2328", "#6e7781", "#0b62c4", ("#a9b4c0", "#d07a1f", "#2f8f6f", "#8a5fbf"))
DARK = Theme("dark", "#e6edf3", "#8b949e", "#4c9bf5", ("#626c77", "#e39a4a", "#4fb592", "#ac86dc"))


def write(path: Path, title: str, draw: Callable[[Theme], Figure]) -> None:
    """Writes PATH-light.svg and PATH-dark.svg."""
    for theme in (LIGHT, DARK):
        with matplotlib.rc_context({**SETTINGS, "text.color": theme.text}):
            figure = draw(theme)
            target = path.with_name(f"{path.name}-{theme.name}.svg")
            figure.savefig(target, transparent=True, metadata={"Date": None, "Creator": None, "Title": title})
        target.write_text(target.read_text("utf-8").replace("'DejaVu Sans'", FONT), "utf-8")


def style(axes: Axes, theme: Theme) -> None:
    """No frame, quiet ticks: the bars are what is looked at."""
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, colors=theme.text)
    axes.set_axisbelow(True)


def panels(
    groups: Sequence[tuple[str, Sequence[str]]],
    series: Sequence[tuple[str, Sequence[Sequence[float]]]],
    label: str,
    one: str,
) -> Callable[[Theme], Figure]:
    """A panel for each group, side by side, with a bar of each series for each tick. A line marks 1.0, named `one`."""
    top = max(1.0, *(value for _, values in series for group in values for value in group)) * 1.12
    width = 0.8 / len(series)

    def draw(theme: Theme) -> Figure:
        figure = Figure(figsize=(8.4, 3.3), layout="constrained")
        all_axes = figure.subplots(1, len(groups), sharey=True, squeeze=False)[0]
        colours = [theme.ours, *theme.others]
        for place, (axes, (title, ticks)) in enumerate(zip(all_axes, groups, strict=True)):
            style(axes, theme)
            for number, ((name, values), colour) in enumerate(zip(series, colours, strict=False)):
                offsets = [tick + (number - (len(series) - 1) / 2) * width for tick in range(len(ticks))]
                axes.bar(offsets, values[place], width * 0.88, color=colour, label=name)
            axes.axhline(1, color=theme.text, linewidth=0.8, dashes=(4, 3), label=one)
            axes.set_title(title, fontsize=9, color=theme.text)
            axes.set_xticks(range(len(ticks)), ticks)
            axes.set_xlabel("connections", color=theme.quiet)
            axes.set_ylim(0, top)
            axes.yaxis.set_major_locator(MultipleLocator(0.5))
        all_axes[0].set_ylabel(label, color=theme.quiet)
        handles, names = all_axes[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside upper left", ncols=len(names), frameon=False, handlelength=0.9)
        return figure

    return draw


def ranking(bars: Sequence[tuple[str, float]], ours: Sequence[str], label: str) -> Callable[[Theme], Figure]:
    """A horizontal bar for each name, in the given order, with its value. A line marks 1.0."""
    names, values = [name for name, _ in bars], [value for _, value in bars]

    def draw(theme: Theme) -> Figure:
        figure = Figure(figsize=(7.2, 0.9 + 0.26 * len(bars)), layout="constrained")
        axes = figure.subplots()
        style(axes, theme)
        colours = [theme.ours if name in ours else theme.others[0] for name in names]
        drawn = axes.barh(range(len(bars)), values, 0.62, color=colours)
        axes.bar_label(drawn, fmt="%.1f", padding=3, color=theme.text)
        axes.axvline(1, color=theme.text, linewidth=0.8, dashes=(4, 3))
        axes.set_yticks(range(len(bars)), names)
        axes.invert_yaxis()
        axes.set_xlim(0, max(values) * 1.06)
        axes.set_xlabel(label, color=theme.quiet)
        return figure

    return draw


def shares(series: Sequence[tuple[str, Sequence[float]]], ours: str, label: str) -> Callable[[Theme], Figure]:
    """A line for each name: which share of its values is at most so large. The scale of the values is logarithmic."""
    steps = [step / 200 for step in range(201)]

    def draw(theme: Theme) -> Figure:
        figure = Figure(figsize=(8.4, 3.4), layout="constrained")
        axes = figure.subplots()
        style(axes, theme)
        others = iter(theme.others)
        for name, values in series:
            ordered = sorted(values)
            found = [ordered[round(step * (len(ordered) - 1))] for step in steps]
            axes.plot(found, steps, label=name, color=theme.ours if name == ours else next(others), linewidth=1.6)
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_major_formatter(PercentFormatter(1))
        axes.grid(color=theme.quiet, linewidth=0.3, alpha=0.5)
        axes.set_xlabel(label, color=theme.quiet)
        axes.set_ylabel("events that have come", color=theme.quiet)
        figure.legend(loc="outside upper left", ncols=2, frameon=False, handlelength=1.4)
        return figure

    return draw
