"""Draws the rates over time as inline SVG in the page's light or dark colors."""

import io
import math
import re

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from warden_local.cast import NEWS, SHOP
from warden_local.stack import STACK
from warden_local.result import Result

# matplotlib knows no CSS variables: it draws in these stand-ins, replaced at the end.
INK, MUTED, RULE = "#010101", "#020202", "#030303"
SHOP_COLOR, NEWS_COLOR = "#040404", "#050505"
WARN, CRITICAL, GROUND = "#060606", "#070707", "#080808"
VARIABLES = {
    INK: "--text",
    MUTED: "--quiet",
    RULE: "--line",
    SHOP_COLOR: "--series-2",
    NEWS_COLOR: "--series-4",
    WARN: "--warning",
    CRITICAL: "--error",
    GROUND: "--ground",
}
# Colors of the stylesheet, by their numbers.
SERIES = {SHOP.domain: 2, NEWS.domain: 4}
COLORS = {SHOP.domain: SHOP_COLOR, NEWS.domain: NEWS_COLOR}
INCHES = (5.4, 3.5)
# Labels closer than this overlap.
LABEL_POINTS = 11
METRICS = {"bounce": ("BounceHard", "Reputation.BounceRate"), "complaint": ("Complaint", "Reputation.ComplaintRate")}


def rates(result: Result, measure: str) -> str:
    """Draws one plot: each domain's rate, the thresholds, SES's own figure and the pause."""
    style = {
        "svg.fonttype": "none",
        "svg.hashsalt": measure,
        "font.size": 10,
        "text.color": INK,
        "axes.edgecolor": RULE,
        "axes.labelcolor": MUTED,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
    }
    with matplotlib.rc_context(style):
        figure = Figure(figsize=INCHES)
        figure.patch.set_alpha(0)
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        frame(axes)
        lines(axes, result, measure)
        thresholds(axes, result, measure)
        pause(axes, result)
        figure.tight_layout(pad=0.6)
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return inline(text.getvalue(), f"{measure.capitalize()} rate of each domain over time")


def frame(axes: Axes) -> None:
    axes.patch.set_alpha(0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="y", color=RULE, linewidth=0.8)
    axes.tick_params(length=0, pad=7)
    axes.set_axisbelow(True)
    axes.set_xlabel("seconds since the first mail")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g} %"))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_locator(MaxNLocator(7, integer=True))


def lines(axes: Axes, result: Result, measure: str) -> None:
    metric, published = METRICS[measure]
    samples = result.observer.seen.samples
    times = [sample.at for sample in samples]
    for domain, color in COLORS.items():
        # Without a send there is no rate: the line has a gap.
        values = [sample.rate(domain, metric) if sample.has_sent(domain) else math.nan for sample in samples]
        axes.plot(times, values, color=color, linewidth=2.2, solid_joinstyle="round", clip_on=False)
    # SES's own figure, drawn whenever it changed.
    name = "" if result.scope == "account" else NEWS.configuration_set
    points = [(sample.at, sample.reputation[name][published]) for sample in samples if name in sample.reputation]
    fresh = [point for n, point in enumerate(points) if n == 0 or point[1] != points[n - 1][1]]
    if fresh:
        axes.plot(
            *zip(*fresh),
            "o",
            markersize=8,
            markerfacecolor=GROUND,
            markeredgecolor=INK,
            markeredgewidth=1.4,
            zorder=4,
            clip_on=False,
        )
    top = max([value for _, value in points] + [sample.rate(NEWS.domain, metric) for sample in samples])
    axes.set_ylim(0, top * 1.12)
    axes.set_xlim(0, times[-1])


def thresholds(axes: Axes, result: Result, measure: str) -> None:
    targets = {"configuration-set": NEWS.configuration_set, "account": "all", "domain": NEWS.domain}
    target = f"{result.scope}/{targets[result.scope]}"
    alarms = result.observer.seen.alarms
    warn, critical = (alarms[f"{STACK}/{target}/{measure}/{severity}"]["Threshold"] for severity in ("warn", "critical"))
    # Beside the lines, so that no line crosses a label; moved apart where two are close.
    between = (critical - warn) / axes.get_ylim()[1] * INCHES[1] * 72 * 0.8
    apart = max(0, LABEL_POINTS - between) / 2
    for severity, share, color, up in (("warn", warn, WARN, -apart), ("critical", critical, CRITICAL, apart)):
        axes.axhline(share, color=color, linewidth=1.2, dashes=(5, 3))
        axes.annotate(
            f"{severity} {100 * share:g} %", (1, share), xycoords=("axes fraction", "data"), xytext=(5, up),
            textcoords="offset points", ha="left", va="center", color=color, fontsize=9,
        )  # fmt: skip


def pause(axes: Axes, result: Result) -> None:
    if result.paused_at_seconds is None:
        return
    axes.axvline(result.paused_at_seconds, color=CRITICAL, linewidth=1.6)
    axes.annotate(
        "paused", (result.paused_at_seconds, 0.98), xycoords=("data", "axes fraction"), xytext=(-5, 0),
        textcoords="offset points", ha="right", va="top", color=CRITICAL, fontweight="bold",
    )  # fmt: skip


def inline(svg: str, label: str) -> str:
    """Returns the SVG element without its fixed size, in the page's font and colors."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r'^(<svg[^>]*?) width="[^"]*" height="[^"]*"', r"\1", svg)
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"font: (?:(\w+) )?([\d.]+px) [^;\"]*", r"font-weight: \1; font-size: \2", svg)
    svg = svg.replace("font-weight: ; ", "")
    for color, variable in VARIABLES.items():
        svg = svg.replace(color, f"var({variable})")
    # matplotlib's own style element would hold for the whole page.
    svg = re.sub(r"<style.*?</style>", "", svg, flags=re.DOTALL)
    return svg.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)
