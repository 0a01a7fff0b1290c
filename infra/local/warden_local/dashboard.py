"""``python -m warden_local.dashboard``: the template's dashboard as one page, from a day of sample data.

CloudWatch draws the real one. This shows, without an account, that its widgets find
their series, that the labels tell them apart and that everything has its place.
"""

import argparse
import io
import json
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from string import Template

import matplotlib
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.dates import DateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from warden_local import dashboard_sample as story
from warden_local import paths
from warden_local.dashboard_body import body
from warden_local.problem import Problem
from warden_local.series import Points, Series, calculate, label, search

COLORS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf")
# A cell of CloudWatch's grid of 24 columns on the page, and what a card's frame and
# title take of it, in pixels. Plots are drawn at a hundred to the inch.
CELL, FRAME = (62, 40), (26, 40)
# Shown of a crowded legend.
MOST_NAMES = 7
# So few are also marked one by one.
FEW_POINTS = 12
PAGE = Path(__file__).with_name("dashboard.html")
Line = tuple[str, Points, dict]


def choose(dashboard: dict, known: list[Series]) -> dict:
    """What the list at the top is set to: the domain with the trouble, as one would."""
    text = json.dumps(dashboard)
    for variable in dashboard.get("variables", []):
        schema = re.fullmatch(r'\{([\w/]+),(\w+)\} MetricName="(\w+)"', variable["search"])
        if not schema:
            raise Problem(f"This search is beyond the renderer: {variable['search']}")
        found = search(f"SEARCH('{variable['search']}', 'Sum', 300)", known)
        values = sorted(series.dimensions[variable["populateFrom"]] for series, _ in found)
        if values:
            text = text.replace(variable["pattern"], story.TROUBLED if story.TROUBLED in values else values[0])
    return json.loads(text)


def lines(properties: dict, known: list[Series]) -> list[Line]:
    """Everything that a widget draws, with the options of each."""
    by_id: dict[str, Points] = {}
    drawn: list[Line] = []
    expressions = []
    for metric in properties["metrics"]:
        if isinstance(metric[0], dict):
            expressions.append(metric[0])
            continue
        options = metric[-1] if isinstance(metric[-1], dict) else {}
        namespace, name, *pairs = [part for part in metric if isinstance(part, str)]
        dimensions = dict(zip(pairs[::2], pairs[1::2], strict=True))
        stat = options.get("stat", properties.get("stat", "Average"))
        period = options.get("period", properties.get("period", 300))
        found = [s for s in known if (s.namespace, s.name, s.dimensions) == (namespace, name, dimensions)]
        points = found[0].statistic(stat, int(period)) if found else {}
        if "id" in options:
            by_id[options["id"]] = points
        if options.get("visible", True):
            drawn.append((options.get("label", name), points, options))
    for options in expressions:
        text = options["expression"]
        if "SEARCH(" in text:
            drawn += [(label(options["label"], series), points, options) for series, points in search(text, known)]
        else:
            drawn.append((options["label"], calculate(text, by_id), options))
    return drawn


def plot(widget: dict, known: list[Series]) -> str:
    properties = widget["properties"]
    drawn = [line for line in lines(properties, known) if line[1]]
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": properties["title"], "font.size": 7.5}):
        figure = Figure(figsize=[(widget[side] * CELL[n] - FRAME[n]) / 100 for n, side in enumerate(("width", "height"))])
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        right = axes.twinx() if any(options.get("yAxis") == "right" for *_, options in drawn) else None
        if properties.get("stacked"):
            stack(axes, drawn, properties)
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
        frame(axes, right, drawn, properties)
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    svg = text.getvalue()
    return re.sub(r"<metadata>.*?</metadata>\s*", "", svg[svg.index("<svg") :], flags=re.DOTALL)


def stack(axes, drawn: list[Line], properties: dict) -> None:
    """Areas on each other; where a series has no data it adds nothing."""
    step = int(properties.get("period", 300))
    times = range(story.BEGIN, story.END, step) if drawn else ()
    heights = [[points.get(at, 0) for at in times] for _, points, _ in drawn]
    if drawn:
        colors = [COLORS[index % len(COLORS)] for index in range(len(drawn))]
        axes.stackplot(moments(times), heights, labels=[name for name, *_ in drawn], colors=colors, alpha=0.75)


def frame(axes, right, drawn: list[Line], properties: dict) -> None:
    begin, end = moments((story.BEGIN, story.END))
    for side, on in (("left", axes), ("right", right)):
        if on is None:
            continue
        limits = properties.get("yAxis", {}).get(side, {})
        if "min" in limits:
            # Noughts alone get an axis to 1, which a reader need not decipher.
            on.set_ylim(bottom=limits["min"], top=on.get_ylim()[1] if on.dataLim.y1 > 0 else 1)
        on.yaxis.set_major_locator(MaxNLocator(4))
        on.spines[["top", "right"]].set_visible(False)
    axes.set_xlim(begin, end)
    axes.xaxis.set_major_formatter(DateFormatter("%H:%M", tz=UTC))
    axes.xaxis.set_major_locator(matplotlib.dates.HourLocator(byhour=range(0, 24, 6), tz=UTC))
    axes.grid(axis="y", color="#e6e9ee", linewidth=0.6)
    axes.set_axisbelow(True)
    handles, names = axes.get_legend_handles_labels()
    if right:
        more = right.get_legend_handles_labels()
        handles, names = handles + more[0], names + more[1]
    if len(names) > MOST_NAMES:
        names = [*names[: MOST_NAMES - 1], f"and {len(names) - MOST_NAMES + 1} more"]
    if names:
        # A letter takes about four pixels, a sign and its gaps forty.
        room = axes.figure.get_figwidth() * 100 // (4 * max(map(len, names)) + 40)
        columns = int(min(max(room, 1), len(names)))
        axes.figure.legend(handles[: len(names)], names, loc="lower left", ncols=columns, frameon=False, fontsize=6.5,
                           borderaxespad=0, labelspacing=0.25)  # fmt: skip
        rows = -(-len(names) // columns)
    else:
        axes.text(0.5, 0.5, "no data", ha="center", transform=axes.transAxes, color="#8a94a3")
        rows = 0
    axes.figure.tight_layout(pad=0.5, rect=(0, min((rows * 0.115 + 0.04) / axes.figure.get_figheight(), 0.5), 1, 1))


def moments(times) -> list[datetime]:
    return [datetime.fromtimestamp(at, UTC) for at in times]


def alarms(properties: dict) -> str:
    states = {name: story.ALARMS.get(name, "OK") for name in (arn.rpartition(":")[2] for arn in properties["alarms"])}
    # What rings comes first, as `sortBy` has it.
    return "".join(
        f'<span class="alarm is-{state.lower()}">{escape(name)}</span>'
        for name, state in sorted(states.items(), key=lambda alarm: (alarm[1] == "OK", alarm[0]))
    )


def log(properties: dict) -> str:
    fields = re.search(r"fields ([^|]+)", properties["query"])[1]
    heads = "".join(f"<th>{escape(name.strip(' `'))}</th>" for name in fields.split(","))
    rows = "".join(
        f"<tr><td>{moments([at])[0]:%Y-%m-%d %H:%M:%S}</td>{''.join(f'<td>{escape(part)}</td>' for part in rest)}</tr>"
        for at, *rest in sorted(story.LOG, reverse=True)
    )
    return f"<table><tr>{heads}</tr>{rows}</table>"


def render(dashboard: dict, known: list[Series]) -> str:
    dashboard = choose(dashboard, known)
    cards = []
    for widget in dashboard["widgets"]:
        properties = widget["properties"]
        match widget["type"]:
            case "metric":
                drawn = plot(widget, known)
            case "alarm":
                drawn = alarms(properties)
            case _:
                drawn = log(properties)
        place = (
            f"grid-column: {widget['x'] + 1} / span {widget['width']}; grid-row: {widget['y'] + 1} / span {widget['height']}"
        )
        cards.append(f'<section style="{place}"><h2>{escape(properties["title"])}</h2>{drawn}</section>')
    return Template(PAGE.read_text()).substitute(widgets="\n".join(cards), stack=story.STACK)


def photograph(page: Path) -> Path | None:
    """A picture of the page, where there is a browser to take it."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        return None
    picture = page.with_suffix(".png")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1"]
    command += ["--window-size=1560,2180", f"--screenshot={picture}", page.as_uri()]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    return picture if done.returncode == 0 and picture.exists() else None


def main() -> int:
    parser = argparse.ArgumentParser(prog="warden_local.dashboard", description=__doc__)
    parser.add_argument("--output", type=Path, default=paths.ROOT / "target" / "dashboard" / "dashboard.html")
    output = parser.parse_args().output.resolve()
    output.parent.mkdir(parents=True, exist_ok=True)
    try:
        output.write_text(render(body(story.PARAMETERS), story.sample()))
    except Problem as problem:
        print(f"ses-warden: {problem}", file=sys.stderr)
        return 1
    print(f"page     {output}")
    if picture := photograph(output):
        print(f"picture  {picture}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
