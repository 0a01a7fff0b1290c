"""Evaluates the part of CloudWatch's metric math that our alarms use, at one moment."""

import ast
import operator

from warden_local.problem import Problem

ARITHMETIC = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Pow: operator.pow,
}  # fmt: skip
COMPARISONS = {ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Lt: operator.lt, ast.LtE: operator.le}


def parse(text: str) -> ast.expr:
    """Parses an expression. CloudWatch's operators are Python's, except for the power, with the same precedence."""
    if "**" in text:
        raise Problem(f"{text} has an operator that CloudWatch does not know.")
    return ast.parse(text.replace("^", "**"), mode="eval").body


def value(text: str, known: dict[str, float]) -> float | None:
    """Returns the value at one moment; None if a series has no value then."""
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
        case ast.Call(func=ast.Name(id="IF"), args=[condition, then, otherwise]):
            return one(then if one(condition, values) else otherwise, values)
        case ast.Call(func=ast.Name(id="FILL"), args=[series, otherwise]):
            found = at_once(series, values)
            return one(otherwise, values) if found is None else found
        case ast.Call(func=ast.Name(id="SUM"), args=[ast.List(elts=series)]):
            # There is a sum if at least one series has a value.
            present = [found for each in series if (found := at_once(each, values)) is not None]
            return sum(present) if present else values["no series has a value"]
        case ast.Compare(ops=[sign], left=left, comparators=[right]) if type(sign) in COMPARISONS:
            return float(COMPARISONS[type(sign)](one(left, values), one(right, values)))
        case ast.BinOp() if type(node.op) in ARITHMETIC:
            return ARITHMETIC[type(node.op)](one(node.left, values), one(node.right, values))
    raise Problem(f"{ast.unparse(node)} is beyond this emulation of metric math.")
