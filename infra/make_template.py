"""Writes what infra/template.yaml takes from alarms.yaml and dashboard.json (`make template`).

The rest of the template is written by hand, and stays as it is. What is written stands between two
comments, so that the template is whole and can be deployed as it lies here.
"""

import json
import re
from pathlib import Path

import yaml

INFRA = Path(__file__).parent
TEMPLATE = INFRA / "template.yaml"
BEGIN = "  # ---- Written by `make template` from alarms.yaml and dashboard.json; change those.\n"
END = "  # ---- End of what `make template` writes.\n"
# CloudWatch's own limit for the alarms of one widget.
ALARMS_IN_A_WIDGET = 100


class Short:
    """A short form of CloudFormation, such as `!Ref Name`."""

    def __init__(self, tag: str, value: object) -> None:
        self.tag, self.value = tag, value


class Loader(yaml.SafeLoader):
    """YAML that keeps the short forms as they are written."""


class Dumper(yaml.SafeDumper):
    """YAML with short forms, and lists indented as in the rest of the template."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:
        return True


class Block(str):
    """A text of several lines, written as such."""


def read_short(loader: Loader, tag: str, node: yaml.Node) -> Short:
    if isinstance(node, yaml.SequenceNode):
        return Short(tag, loader.construct_sequence(node, deep=True))
    return Short(tag, loader.construct_scalar(node))


def write_short(dumper: Dumper, short: Short) -> yaml.Node:
    if isinstance(short.value, list):
        return dumper.represent_sequence(f"!{short.tag}", short.value)
    return dumper.represent_scalar(f"!{short.tag}", short.value)


Loader.add_multi_constructor("!", read_short)
Dumper.add_representer(Short, write_short)
Dumper.add_representer(Block, lambda d, text: d.represent_scalar("tag:yaml.org,2002:str", text, "|"))


def template(text: str, alarms_text: str, dashboard_text: str) -> str:
    """The template `text` with the parts between the marks written anew."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    alarms = alarms_of(yaml.load(alarms_text, Loader))
    written = {**alarms, "Dashboard": dashboard(json.loads(dashboard_text), alarms)}
    body = yaml.dump(written, Dumper=Dumper, sort_keys=False, width=100, allow_unicode=True)
    indented = "".join(f"  {line}" if line.strip() else line for line in body.splitlines(keepends=True))
    return before + BEGIN + indented + END + after


def alarms_of(kinds: list[dict]) -> dict[str, dict]:
    """The alarms by logical id."""
    found = {}
    for kind in kinds:
        for row in kind.get("rows", [{}]):
            name = filled(kind["resource"], row)
            if name in found:
                raise ValueError(f"alarms.yaml makes {name} twice")
            found[name] = {
                "Type": "AWS::CloudWatch::Alarm",
                **({"Condition": kind["condition"]} if "condition" in kind else {}),
                "Properties": filled(kind["properties"], row),
            }
    return found


def filled(node: object, row: dict) -> object:
    """`node` with the row's values in the places of their names."""
    if isinstance(node, dict):
        return {key: filled(value, row) for key, value in node.items()}
    if isinstance(node, list):
        return [filled(value, row) for value in node]
    if isinstance(node, Short):
        return Short(node.tag, filled(node.value, row))
    if not isinstance(node, str):
        return node
    whole = re.fullmatch(r"<([a-z]+)>", node)
    if whole:
        return row[whole[1]]

    def fill(match: re.Match) -> str:
        word = match[1]
        value = str(row[word.lower()])
        return value[:1].upper() + value[1:] if word[0].isupper() else value

    return re.sub(r"<([A-Za-z]+)>", fill, node)


def dashboard(body: dict, alarms: dict[str, dict]) -> dict:
    """The resource: one line for each widget, and the alarms that only some stacks have put in by condition."""
    (widget,) = (each for each in body["widgets"] if each["type"] == "alarm")
    listed = widget["properties"]["alarms"]
    names = [re.fullmatch(r"\$\{(\w+)\.Arn\}", arn)[1] for arn in listed]
    if sorted(names) != sorted(alarms) or len(names) > ALARMS_IN_A_WIDGET:
        raise ValueError("dashboard.json must list each alarm of alarms.yaml once, and a hundred at most")
    # Every entry that may be missing brings its own comma, so one that is always there stands last.
    depending: dict[str, list[str]] = {}
    for name in names:
        if condition := alarms[name].get("Condition"):
            depending.setdefault(condition, []).append(name)
    always = [f"${{{name}.Arn}}" for name in names if "Condition" not in alarms[name]]
    widget["properties"]["alarms"] = ["@@", *always]
    places = "".join(f"${{Alarms{condition}}}" for condition in depending)
    lines = [compact(item).replace('"@@",', places) for item in body.pop("widgets")]
    text = compact(body)[:-1] + ',"widgets":[\n' + ",\n".join(lines) + "\n]}\n"
    choices = {
        f"Alarms{condition}": Short(
            "If",
            [condition, Short("Sub", "".join(f'"${{{name}.Arn}}",' for name in of_condition)), ""],
        )
        for condition, of_condition in depending.items()
    }
    return {
        "Type": "AWS::CloudWatch::Dashboard",
        "Properties": {
            "DashboardName": Short("Ref", "AWS::StackName"),
            "DashboardBody": Short("Sub", [Block(text), choices]),
        },
    }


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def main() -> None:
    made = template(
        TEMPLATE.read_text(), (INFRA / "alarms.yaml").read_text(), (INFRA / "dashboard.json").read_text()
    )
    TEMPLATE.write_text(made)
    print(f"infra/template.yaml: {len(made.encode()):,} bytes")


if __name__ == "__main__":
    main()
