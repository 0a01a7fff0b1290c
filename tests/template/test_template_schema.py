"""Each resource against CloudFormation's schema, by cfn-lint with its informational checks too."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

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
    return Counter(f"{found['Rule']['Id']}" for found in json.loads(done.stdout or "[]"))


def test_cfn_lint_finds_nothing_but_what_is_ignored_for_a_reason():
    assert set(findings(TEMPLATE)) == IGNORED.keys()


@pytest.mark.parametrize(
    "right, wrong, rule",
    [
        ("MaximumBatchingWindowInSeconds:", "MaximumBatchingWindow:", "E3002"),
        ("SqsManagedSseEnabled: true", "SqsManagedSseEnabled: [true]", "E3012"),
        ("!GetAtt SuppressQueue.Arn", "!GetAtt SuppressQueue.Name", "E1010"),
    ],
)
def test_it_would_find_a_mistake(tmp_path, right, wrong, rule):
    spoilt = tmp_path / "template.yaml"
    assert right in TEMPLATE.read_text()
    spoilt.write_text(TEMPLATE.read_text().replace(right, wrong))
    assert rule in findings(spoilt)
