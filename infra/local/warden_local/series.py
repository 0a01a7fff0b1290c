"""Series of metrics, and as much of CloudWatch's search and math as the dashboard and the alarms use."""

import ast
import math
import operator
import re
from dataclasses import dataclass, field

from warden_local.problem import Problem

SEARCH = re.compile(
    r"""SEARCH\('(?:\{(?P<ours>[\w/]+),(?P<dimensions>[\w,]+)\}|Namespace="(?P<other>[\w/]+)")"""
    r""" MetricName="(?P<name>\w+)"', '(?P<stat>\w+)', (?P<period>\d+)\)"""
)
ARITHMETIC = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Pow: operator.pow,
}  # fmt: skip
COMPARISONS = {ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Lt: operator.lt, ast.LtE: operator.le}
Points = dict[int, float]


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


def search(text: str, known: list[Series]) -> list[tuple[Series, Points]]:
    """The series that a search finds, in the order of their names. An empty result is none."""
    match = SEARCH.fullmatch(text)
    if not match:
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
    return [(series, series.statistic(match["stat"], int(match["period"]))) for series in found]


def calculate(text: str, known: dict[str, Points]) -> Points:
    """Arithmetic with series by their ids, where all have a value; FILL gives one a value throughout."""
    tree = parse(text)
    filled = {
        node.args[0].id: node.args[1].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "FILL"
    }
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - {"FILL"}
    missing = names - set(known)
    if missing or not names:
        raise Problem(f"{text} names {', '.join(sorted(missing)) or 'no series'}.")
    whole = [set(known[name]) for name in names if name not in filled]
    times = set.intersection(*whole) if whole else set.union(*(set(known[name]) for name in names))
    values = {}
    for at in sorted(times):
        try:
            values[at] = one(tree, {name: known[name].get(at, filled.get(name, 0)) for name in names})
        except ZeroDivisionError:
            continue
    return values


def parse(text: str) -> ast.expr:
    """CloudWatch's operators are Python's but for the power, and bind in the same order."""
    if "**" in text:
        raise Problem(f"{text} has an operator that CloudWatch does not know.")
    return ast.parse(text.replace("^", "**"), mode="eval").body


def value(text: str, known: dict[str, float]) -> float | None:
    """The expression at one moment; None where a series has no value then."""
    try:
        return one(parse(text), known)
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
        case ast.Call(func=ast.Name(id="IF"), args=[condition, then, otherwise]):
            return one(then if one(condition, values) else otherwise, values)
        case ast.Compare(ops=[sign], left=left, comparators=[right]) if type(sign) in COMPARISONS:
            return float(COMPARISONS[type(sign)](one(left, values), one(right, values)))
        case ast.BinOp() if type(node.op) in ARITHMETIC:
            return ARITHMETIC[type(node.op)](one(node.left, values), one(node.right, values))
    raise Problem(f"{ast.unparse(node)} is beyond the renderer.")


def label(text: str, series: Series) -> str:
    """A label with the dimensions that it asks for."""
    return re.sub(r"\$\{PROP\('Dim\.(\w+)'\)\}", lambda m: series.dimensions.get(m[1], "?"), text)
