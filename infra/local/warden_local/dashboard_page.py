"""A dashboard as one page, with the numbers of a source."""

import ast
import json
import re
from html import escape
from pathlib import Path
from string import Template

from warden_local import dashboard_plot as plot
from warden_local.dashboard_source import Source
from warden_local.problem import Problem
from warden_local.series import Points, Readable, calculate, label, search

PAGE = Path(__file__).with_name("dashboard.html")


def choose(dashboard: dict, source: Source) -> dict:
    """What the list at the top is set to: the source's domain if there is such a one, as a reader would."""
    text = json.dumps(dashboard)
    for variable in dashboard.get("variables", []):
        schema = re.fullmatch(r'\{([\w/]+),(\w+)\} MetricName="(\w+)"', variable["search"])
        if not schema:
            raise Problem(f"This search is beyond the renderer: {variable['search']}")
        found = search(f"SEARCH('{variable['search']}', 'Sum', 300)", source.series())
        values = sorted(series.dimensions[variable["populateFrom"]] for series, _ in found)
        if values:
            text = text.replace(variable["pattern"], source.domain if source.domain in values else values[0])
    return json.loads(text)


def lines(properties: dict, known: list[Readable]) -> list[plot.Line]:
    """Everything that a widget draws, with the options of each."""
    by_id: dict[str, Points] = {}
    drawn: list[plot.Line] = []
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


def alarms(properties: dict, known: dict[str, str]) -> str:
    states = {name: known.get(name, "OK") for name in (arn.rpartition(":")[2] for arn in properties["alarms"])}
    # What rings comes first, as `sortBy` has it.
    order = ("ALARM", "INSUFFICIENT_DATA", "OK")
    return "".join(
        f'<span class="alarm is-{state.lower()}" title="{state}">{escape(name)}</span>'
        for name, state in sorted(states.items(), key=lambda alarm: (order.index(alarm[1]), alarm[0]))
    )


def log(properties: dict, entries: list[dict]) -> str:
    _, fields, chosen, _, limit = properties["query"].split(" | ")
    names = [name.strip(" `") for name in fields.removeprefix("fields ").split(",")]
    shown = [entry for entry in entries if passes(chosen.removeprefix("filter "), entry)]
    shown = sorted(shown, key=lambda entry: entry["@timestamp"], reverse=True)[: int(limit.removeprefix("limit "))]
    if not shown:
        return '<p class="empty">no data in view</p>'
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in (cell(entry, name) for name in names))}</tr>" for entry in shown
    )
    return f"<table><tr>{''.join(f'<th>{escape(name)}</th>' for name in names)}</tr>{rows}</table>"


def cell(entry: dict, name: str) -> str:
    return f"{plot.moments([entry[name]])[0]:%Y-%m-%d %H:%M:%S}" if name == "@timestamp" else str(entry.get(name, ""))


def passes(condition: str, entry: dict) -> bool:
    """As much of Logs Insights' filter as the template uses."""
    text = re.sub(r"ispresent\(`?([\w.]+)`?\)", lambda match: str(match[1] in entry), condition)
    text = re.sub(r"(\w+) != '([^']*)'", lambda match: str(entry.get(match[1]) != match[2]), text)

    def truth(node: ast.expr) -> bool:
        match node:
            case ast.BoolOp(op=ast.And(), values=parts):
                return all(map(truth, parts))
            case ast.BoolOp(op=ast.Or(), values=parts):
                return any(map(truth, parts))
            case ast.Constant(value=bool() as known):
                return known
        raise Problem(f"This filter is beyond the renderer: {condition}")

    return truth(ast.parse(text, mode="eval").body)


def render(dashboard: dict, source: Source) -> str:
    dashboard = choose(dashboard, source)
    cards = []
    for widget in dashboard["widgets"]:
        properties = widget["properties"]
        match widget["type"]:
            case "metric":
                drawn = plot.plot(widget, lines(properties, source.series()), (source.begin, source.end))
            case "alarm":
                drawn = alarms(properties, source.alarms())
            case _:
                drawn = log(properties, source.log())
        place = (
            f"grid-column: {widget['x'] + 1} / span {widget['width']}; grid-row: {widget['y'] + 1} / span {widget['height']}"
        )
        cards.append(f'<section style="{place}"><h2>{escape(properties["title"])}</h2>{drawn}</section>')
    begin, end = plot.moments((source.begin, source.end))
    return Template(PAGE.read_text()).substitute(
        widgets="\n".join(cards), origin=source.origin, begin=f"{begin:%d %B %Y, %H:%M}", end=f"{end:%d %B %Y, %H:%M}"
    )
