"""Series of metrics, and as much of CloudWatch's search and math as the dashboard and the alarms use."""

import ast
import math
import operator
import re
from dataclasses import dataclass, field
from typing import Protocol

from warden_local.problem import Problem

SEARCH = re.compile(
    r"""(?:SORT\()?SEARCH\('(?:\{(?P<ours>[\w/]+),(?P<dimensions>[\w,]+)\}|Namespace="(?P<other>[\w/]+)")"""
    r""" MetricName="(?P<name>\w+)"', '(?P<stat>\w+)', (?P<period>\d+)\)"""
    r"""(?:, (?P<by>SUM|MAX|MIN|AVG), (?P<order>ASC|DESC), (?P<limit>\d+)\))?"""
)
SORTED_BY = {"SUM": sum, "MAX": max, "MIN": min, "AVG": lambda values: sum(values) / len(values)}
ARITHMETIC = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Pow: operator.pow,
}  # fmt: skip
COMPARISONS = {ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Lt: operator.lt, ast.LtE: operator.le}
Points = dict[int, float]


class Readable(Protocol):
    """A series that answers a statistic, wherever its values are."""

    namespace: str
    name: str
    dimensions: dict[str, str]

    def statistic(self, stat: str, period: int) -> Points:
        """One value for each period that has data, by the period's begin."""


@dataclass
class Series:
    """What was written under one name and one set of dimensions."""

    namespace: str
    name: str
    dimensions: dict[str, str] = field(default_factory=dict)
    values: dict[int, list[float]] = field(default_factory=dict)

    def write(self, at: int, value: float) -> None:
        self.values.setdefault(at, []).append(value)

    def statistic(self, stat: str, period: int) -> Points:
        """One value for each period that has data, by the period's begin."""
        periods: dict[int, list[float]] = {}
        for at, values in self.values.items():
            periods.setdefault(at - at % period, []).extend(values)
        return {at: summary(values, stat) for at, values in sorted(periods.items())}


def summary(values: list[float], stat: str) -> float:
    if stat.startswith("p"):
        # The smallest value that so many per cent do not exceed.
        return sorted(values)[max(math.ceil(float(stat[1:]) / 100 * len(values)), 1) - 1]
    named = {"Sum": sum, "Maximum": max, "Minimum": min, "Average": lambda v: sum(v) / len(v), "SampleCount": len}
    if stat not in named:
        raise Problem(f"No statistic {stat} is known here.")
    return named[stat](values)


def search(text: str, known: list[Readable]) -> list[tuple[Readable, Points]]:
    """The series that a search finds, by their names or as SORT has them. An empty result is none."""
    match = SEARCH.fullmatch(text)
    if not match or text.startswith("SORT(") != (match["by"] is not None):
        raise Problem(f"This search is beyond the renderer: {text}")
    named = sorted((match["dimensions"] or "").split(","))
    found = [
        series
        for series in known
        if series.name == match["name"]
        and series.namespace == (match["ours"] or match["other"])
        # With a schema the dimensions are those and no others.
        and (match["ours"] is None or sorted(series.dimensions) == named)
    ]
    found.sort(key=lambda series: sorted(series.dimensions.items()))
    drawn = [(series, series.statistic(match["stat"], int(match["period"]))) for series in found]
    if match["by"] is None:
        return drawn
    measure = SORTED_BY[match["by"]]
    drawn = [line for line in drawn if line[1]]
    drawn.sort(key=lambda line: measure(line[1].values()), reverse=match["order"] == "DESC")
    return drawn[: int(match["limit"])]


def calculate(text: str, known: dict[str, Points]) -> Points:
    """The expression at each moment at which it has a value.

    FILL gives a series one value throughout, but none to a series without any datum, and
    SUM passes over what is missing: of what CloudWatch may do, the less helpful.
    """
    tree = parse(text)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - {ast.unparse(call.func) for call in calls}
    missing = names - set(known)
    if missing or not names:
        raise Problem(f"{text} names {', '.join(sorted(missing)) or 'no series'}.")
    times = sorted(set().union(*(known[name] for name in names)))
    series = {name: known[name] for name in names}
    for call in calls:
        if ast.unparse(call.func) == "FILL" and series[call.args[0].id]:
            name, filler = call.args[0].id, call.args[1].value
            series[name] = {at: series[name].get(at, filler) for at in times}
    values = {at: at_once(tree, {name: points[at] for name, points in series.items() if at in points}) for at in times}
    return {at: found for at, found in values.items() if found is not None}


def parse(text: str) -> ast.expr:
    """CloudWatch's operators are Python's but for the power, and bind in the same order."""
    if "**" in text:
        raise Problem(f"{text} has an operator that CloudWatch does not know.")
    return ast.parse(text.replace("^", "**"), mode="eval").body


def value(text: str, known: dict[str, float]) -> float | None:
    """The expression at one moment; None where a series has no value then."""
    return at_once(parse(text), known)


def at_once(node: ast.expr, values: dict[str, float]) -> float | None:
    try:
        return one(node, values)
    except (KeyError, ZeroDivisionError):
        return None


def one(node: ast.expr, values: dict[str, float]) -> float:
    match node:
        case ast.Constant(value=int() | float()):
            return node.value
        case ast.Name():
            return values[node.id]
        case ast.Call(func=ast.Name(id="FILL"), args=[ast.Name() as name, ast.Constant()]):
            return values[name.id]
        case ast.Call(func=ast.Name(id="SUM"), args=[ast.List(elts=parts)]):
            present = [found for found in (at_once(part, values) for part in parts) if found is not None]
            if not present:
                raise KeyError(ast.unparse(node))
            return sum(present)
        case ast.Call(func=ast.Name(id="IF"), args=[condition, then, otherwise]):
            return one(then if one(condition, values) else otherwise, values)
        case ast.Compare(ops=[sign], left=left, comparators=[right]) if type(sign) in COMPARISONS:
            return float(COMPARISONS[type(sign)](one(left, values), one(right, values)))
        case ast.BinOp() if type(node.op) in ARITHMETIC:
            return ARITHMETIC[type(node.op)](one(node.left, values), one(node.right, values))
    raise Problem(f"{ast.unparse(node)} is beyond the renderer.")


def label(text: str, series: Readable) -> str:
    """A label with the dimensions that it asks for."""
    return re.sub(r"\$\{PROP\('Dim\.(\w+)'\)\}", lambda m: series.dimensions.get(m[1], "?"), text)
