"""Reads infra/template.yaml, and resolves as much of it as the tests need.

This is no CloudFormation: loops, parameters, conditions and text are resolved,
a reference to a resource becomes a recognizable stand-in.
"""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "infra" / "template.yaml"
README = ROOT / "infra" / "README.md"

STACK = "ses-warden"
PSEUDO = {
    "AWS::StackName": STACK,
    "AWS::Region": "eu-central-1",
    "AWS::AccountId": "111122223333",
    "AWS::Partition": "aws",
}
NO_VALUE = object()


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value]
        doubled = {key for key in keys if keys.count(key) > 1}
        assert not doubled, f"keys given twice at line {node.start_mark.line + 1}: {doubled}"
        return super().construct_mapping(node, deep)


def _intrinsic(loader, suffix, node):
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        return {name: value.split(".", 1) if name == "Fn::GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _intrinsic)


def load(text=None):
    """The template as written, short forms as `Fn::...`."""
    return yaml.load(text or TEMPLATE.read_text(), _Loader)


class Stack:
    """The template with parameter values: what would be created."""

    def __init__(self, template, **parameters):
        self.template = template
        self.parameters = {}
        for name, spec in template["Parameters"].items():
            value = str(parameters.pop(name, spec.get("Default")))
            if spec["Type"] == "CommaDelimitedList":
                value = [item.strip() for item in value.split(",")]
            self.parameters[name] = value
        assert not parameters, f"no such parameters: {sorted(parameters)}"
        self.conditions = self._expanded(template["Conditions"])
        declared = self._expanded(template["Resources"])
        self.resources = {
            name: self.resolve(body)
            for name, body in declared.items()
            if "Condition" not in body or self.condition(body["Condition"])
        }

    def of_type(self, kind):
        """The resources of one type, by logical id."""
        return {n: r for n, r in self.resources.items() if r["Type"] == kind}

    def condition(self, name):
        return self._test(self.conditions[name])

    def resolve(self, node):
        """`node` with all that can be known filled in."""
        if isinstance(node, list):
            return [v for v in map(self.resolve, node) if v is not NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            (name, value), = node.items()
            if name == "Ref":
                return self._ref(self.resolve(value))
            if name == "Fn::GetAtt":
                return f"<{value[0]}.{value[1]}>"
            if name == "Fn::Sub":
                return self._sub(value) if isinstance(value, str) else self._sub(value[0], self.resolve(value[1]))
            if name == "Fn::If":
                return self.resolve(value[1 if self.condition(value[0]) else 2])
            if name == "Fn::Join":
                return value[0].join(self.resolve(value[1]))
            if name == "Fn::Split":
                return self.resolve(value[1]).split(value[0])
            if name == "Fn::Select":
                return self.resolve(value[1])[int(value[0])]
            if name == "Fn::FindInMap":
                return self._find(value)
        resolved = {k: self.resolve(v) for k, v in node.items()}
        return {k: v for k, v in resolved.items() if v is not NO_VALUE}

    def _expanded(self, section):
        out = {}
        for name, body in section.items():
            if not name.startswith("Fn::ForEach::"):
                out[name] = body
                continue
            identifier, collection, fragment = body
            for item in self.resolve(collection):
                plain = re.sub(r"[^0-9A-Za-z]", "", item)
                for key, value in fragment.items():
                    out[key.replace(f"&{{{identifier}}}", plain)] = _bind(value, identifier, item)
        return out

    def _ref(self, name):
        if name == "AWS::NoValue":
            return NO_VALUE
        return PSEUDO.get(name, self.parameters.get(name, f"<{name}>"))

    def _sub(self, text, more=()):
        def fill(match):
            name = match.group(1)
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            if name in more:
                return more[name]
            return f"<{name}>" if "." in name else str(self._ref(name))

        return re.sub(r"\$\{([^}]+)\}", fill, text)

    def _find(self, value):
        table, first, second = (self.resolve(v) for v in value[:3])
        found = self.template["Mappings"][table].get(first, {}).get(second)
        return self.resolve(value[3]["DefaultValue"]) if found is None else found

    def _test(self, node):
        (name, value), = node.items()
        if name == "Condition":
            return self.condition(value)
        if name == "Fn::Equals":
            left, right = (self.resolve(v) for v in value)
            return left == right
        if name == "Fn::Not":
            return not self._test(value[0])
        return {"Fn::And": all, "Fn::Or": any}[name](map(self._test, value))


def _bind(node, identifier, item):
    """A loop's fragment for one item: `Ref` to the identifier and `${...}`."""
    if isinstance(node, list):
        return [_bind(v, identifier, item) for v in node]
    if not isinstance(node, dict):
        return node
    if node == {"Ref": identifier}:
        return item
    if isinstance(node.get("Fn::Sub"), str):
        return {"Fn::Sub": node["Fn::Sub"].replace(f"${{{identifier}}}", item)}
    return {k: _bind(v, identifier, item) for k, v in node.items()}
