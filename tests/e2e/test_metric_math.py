"""The metric math of the local CloudWatch, which evaluates the alarms of domains."""

import pytest

from warden_local.emulator.metric_math import value
from warden_local.problem import Problem


def test_an_alarms_expression_at_one_moment():
    known = {"a": 9.0, "b": 4.0, "none": 0.0}
    for text, wanted in (
        ("a ^ 0.5", 3.0),
        ("2 * a ^ 0.5 / b", 1.5),
        ("IF(a > b, b, a)", 4.0),
        ("IF(none > 0, a / none, 0)", 0.0),
        ("a >= 9", 1.0),
        ("a / none", None),
        ("a + missing", None),
        ("FILL(missing, 2) + a", 11.0),
        ("SUM([a, b, missing])", 13.0),
        ("SUM([missing, 0 * missing])", None),
        # The alarm on missing events: mail is sent, and its series of ours does not exist.
        ("IF(SUM([FILL(missing, 0), 0 * a]) < a / 100, 1, 0)", 1.0),
        ("IF(SUM([FILL(b, 0), 0 * a]) < a / 100, 1, 0)", 0.0),
        ("IF(SUM([FILL(b, 0), 0 * missing]) < missing / 100, 1, 0)", None),
    ):
        assert value(text, known) == wanted, text


@pytest.mark.parametrize("wrong", ["a ** b", "__import__('os')", "SUM(a)", "a if b else a"])
def test_what_is_not_known_is_refused(wrong):
    with pytest.raises(Problem):
        value(wrong, {"a": 1.0, "b": 2.0})
