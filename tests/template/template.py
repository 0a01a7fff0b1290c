"""Reads infra/template.yaml, and says what a stack of it would hold."""

from pathlib import Path

import yaml

from evaluator import PSEUDO, Evaluation

ROOT = Path(__file__).resolve().parents[2]
INFRA = ROOT / "infra"
TEMPLATE = INFRA / "template.yaml"
README = INFRA / "README.md"
STACK = PSEUDO["AWS::StackName"]


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


class Stack(Evaluation):
    """The template with parameter values: what would be created, and nothing is wrong with it."""

    def __init__(self, template, **parameters):
        super().__init__(template, parameters)
        assert not self.problems, self.problems

    def of_type(self, kind):
        """The resources of one type, by logical id."""
        return {n: r for n, r in self.resources.items() if r["Type"] == kind}
