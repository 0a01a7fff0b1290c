"""One widget of a dashboard as a picture, as CloudWatch would draw it."""

import io
import re
from datetime import UTC, datetime
from html import escape

import matplotlib
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.dates import DateFormatter, HourLocator, MinuteLocator
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from warden_local.series import Points

COLORS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf")
# A cell of CloudWatch's grid of 24 columns on the page, and what a card's frame and
# title take of it, in pixels. Plots are drawn at a hundred to the inch.
CELL, FRAME = (62, 40), (26, 40)
# Shown of a crowded legend.
MOST_NAMES = 7
# So few are also marked one by one.
FEW_POINTS = 12
# Name, points, and the options of its line in the widget.
Line = tuple[str, Points, dict]


def plot(widget: dict, lines: list[Line], view: tuple[int, int]) -> str:
    properties = widget["properties"]
    drawn = [line for line in lines if line[1]]
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": properties["title"], "font.size": 7.5}):
        figure = Figure(figsize=[(widget[side] * CELL[n] - FRAME[n]) / 100 for n, side in enumerate(("width", "height"))])
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        right = axes.twinx() if any(options.get("yAxis") == "right" for *_, options in drawn) else None
        if properties.get("stacked"):
            stack(axes, drawn, properties, view)
        else:
            for index, (name, points, options) in enumerate(drawn):
                on = right if right and options.get("yAxis") == "right" else axes
                lonely = "." if len(points) < FEW_POINTS else None
                color = COLORS[index % len(COLORS)]
                on.plot(moments(points), list(points.values()), marker=lonely, label=name, color=color, linewidth=1.1)
        for line in properties.get("annotations", {}).get("horizontal", []):
            axes.axhline(line["value"], color=line["color"], linewidth=1)
            axes.annotate(line["label"], (0, line["value"]), xycoords=("axes fraction", "data"), fontsize=6,
                          xytext=(2, 2), textcoords="offset points", color=line["color"])  # fmt: skip
        frame(axes, right, properties, view)
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    svg = text.getvalue()
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    return svg.replace("<svg", f'<svg role="img" aria-label="{escape(spoken(drawn))}"', 1)


def spoken(drawn: list[Line]) -> str:
    """The lines in words, for those who cannot see them and for tests."""
    told = [f"{name}: sum {sum(points.values()):g}, at most {max(points.values()):g}" for name, points, _ in drawn]
    return "; ".join(told) or "no data in view"


def stack(axes, drawn: list[Line], properties: dict, view: tuple[int, int]) -> None:
    """Areas on each other; where a series has no data it adds nothing."""
    if not drawn:
        return
    step = int(properties.get("period", 300))
    times = range(view[0] - view[0] % step, view[1], step)
    heights = [[points.get(at, 0) for at in times] for _, points, _ in drawn]
    colors = [COLORS[index % len(COLORS)] for index in range(len(drawn))]
    if len(times) > FEW_POINTS:
        axes.stackplot(moments(times), heights, labels=[name for name, *_ in drawn], colors=colors, alpha=0.75)
        return
    # An area needs two points; of so few each gets a bar.
    below = [0.0] * len(times)
    for (name, *_), height, color in zip(drawn, heights, colors, strict=True):
        axes.bar(moments(times), height, step / 86_400 * 0.9, below, label=name, color=color, align="edge", alpha=0.75)
        below = [sum(pair) for pair in zip(below, height, strict=True)]


def frame(axes, right, properties: dict, view: tuple[int, int]) -> None:
    marked = [line["value"] for line in properties.get("annotations", {}).get("horizontal", [])]
    for side, on in (("left", axes), ("right", right)):
        if on is None:
            continue
        limits = properties.get("yAxis", {}).get(side, {})
        if "min" in limits:
            # Noughts alone get an axis to 1, which a reader need not decipher.
            highest = 1.05 * on.dataLim.y1 if on.dataLim.y1 > 0 else 0
            on.set_ylim(bottom=limits["min"], top=max([highest, *(1.12 * value for value in marked)]) or 1)
        if "label" in limits:
            on.set_ylabel(limits["label"], fontsize=6.5, color="#5a6472")
        # What is counted has no halves.
        on.yaxis.set_major_locator(MaxNLocator(4, integer=limits.get("label") not in ("%", "s", "ms")))
        on.spines["top"].set_visible(False)
        on.spines["right"].set_visible(on is right)
    axes.set_xlim(*moments(view))
    if view[1] - view[0] > 6 * 3_600:
        axes.xaxis.set_major_formatter(DateFormatter("%d %b\n%H:%M", tz=UTC))
        axes.xaxis.set_major_locator(HourLocator(byhour=range(0, 24, 6), tz=UTC))
    else:
        axes.xaxis.set_major_formatter(DateFormatter("%H:%M", tz=UTC))
        axes.xaxis.set_major_locator(MinuteLocator(byminute=range(0, 60, 15), tz=UTC))
    axes.grid(axis="y", color="#e6e9ee", linewidth=0.6)
    axes.set_axisbelow(True)
    handles, names = axes.get_legend_handles_labels()
    if right:
        more = right.get_legend_handles_labels()
        handles, names = handles + more[0], names + more[1]
    if len(names) > MOST_NAMES:
        names = [*names[: MOST_NAMES - 1], f"and {len(names) - MOST_NAMES + 1} more"]
    if names:
        # A letter takes about five pixels, a sign and its gaps forty.
        room = axes.figure.get_figwidth() * 100 // (5 * max(map(len, names)) + 40)
        columns = int(min(max(room, 1), len(names)))
        axes.figure.legend(handles[: len(names)], names, loc="lower left", ncols=columns, frameon=False, fontsize=6.5,
                           borderaxespad=0, labelspacing=0.25)  # fmt: skip
        rows = -(-len(names) // columns)
    else:
        axes.set_yticks([])
        axes.text(0.5, 0.5, "no data in view", ha="center", transform=axes.transAxes, color="#8a94a3")
        rows = 0
    axes.figure.tight_layout(pad=0.5, rect=(0, min((rows * 0.115 + 0.04) / axes.figure.get_figheight(), 0.5), 1, 1))


def moments(times) -> list[datetime]:
    return [datetime.fromtimestamp(at, UTC) for at in times]
