"""Each resource against CloudFormation's schema, by cfn-lint with its informational checks too."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from template import TEMPLATE

CFN_LINT = Path(sys.executable).with_name("cfn-lint")
# What is not followed, and why.
IGNORED = {
    "I4010": "asks for descriptions in the metadata of each resource; the comments beside them say why they are there",
}


def findings(path):
    """What cfn-lint says of a template, by rule."""
    command = [CFN_LINT, "--include-checks", "I", "--include-experimental", "--format", "json", path]
    done = subprocess.run(command, capture_output=True, text=True)
    return Counter(found["Rule"]["Id"] for found in json.loads(done.stdout or "[]"))


def test_cfn_lint_finds_nothing_but_what_is_ignored_for_a_reason():
    assert set(findings(TEMPLATE)) == IGNORED.keys()


# One mistake a rule: a property that is none, a value of a wrong type, an attribute that is none.
MISTAKES = {
    "E3002": ("MaximumBatchingWindowInSeconds:", "MaximumBatchingWindow:"),
    "E3012": ("SqsManagedSseEnabled: true", "SqsManagedSseEnabled: [true]"),
    "E1010": ("!GetAtt SuppressQueue.Arn", "!GetAtt SuppressQueue.Name"),
}


def test_it_would_find_a_mistake(tmp_path):
    text = TEMPLATE.read_text()
    for right, wrong in MISTAKES.values():
        assert right in text
        text = text.replace(right, wrong)
    spoilt = tmp_path / "template.yaml"
    spoilt.write_text(text)
    assert MISTAKES.keys() <= findings(spoilt).keys()
