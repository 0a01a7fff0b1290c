"""The dashboard: JSON that CloudWatch takes, and that shows what it should."""

import json
import re

import pytest

from template import Stack


def body(stack):
    return json.loads(stack.resources["Dashboard"]["Properties"]["DashboardBody"])


def widgets(stack, kind="metric"):
    return {w["properties"]["title"]: w for w in body(stack)["widgets"] if w["type"] == kind}


@pytest.mark.parametrize("parameters", [{}, {"Buffering": "Direct"}, {"MetricNamespace": "Other"}])
def test_body_is_json_for_any_parameters(template, parameters):
    stack = Stack(template, **parameters)
    assert body(stack)["widgets"]
    unfilled = re.findall(r"\$\{(?!PROP\()[^}]*\}", json.dumps(body(stack)))
    assert not unfilled


def test_widgets_lie_on_the_grid_and_do_not_overlap(stack):
    taken = set()
    for widget in body(stack)["widgets"]:
        x, y, width, height = (widget[k] for k in ("x", "y", "width", "height"))
        assert 0 <= x and x + width <= 24
        cells = {(c, r) for c in range(x, x + width) for r in range(y, y + height)}
        assert not cells & taken, widget["properties"]["title"]
        taken |= cells


def test_metric_widgets_are_well_formed(stack):
    for title, widget in widgets(stack).items():
        properties = widget["properties"]
        assert properties["region"] == "eu-central-1", title
        assert properties["metrics"], title
        ids = [m[-1]["id"] for m in properties["metrics"] if isinstance(m[-1], dict) and "id" in m[-1]]
        assert len(ids) == len(set(ids)), title
        for metric in properties["metrics"]:
            if isinstance(metric[0], dict):
                assert len(metric) == 1 and {"expression", "label", "id"} <= set(metric[0]), title
                text = metric[0]["expression"]
                if "SEARCH" not in text:
                    assert set(re.findall(r"[a-z]+", text)) <= set(ids), title
            else:
                named = metric[:-1] if isinstance(metric[-1], dict) else metric
                assert len(named) % 2 == 0 and all(isinstance(part, str) for part in named), title


def searches(stack):
    found = set()
    for widget in widgets(stack).values():
        for metric in widget["properties"]["metrics"]:
            text = metric[0].get("expression", "") if isinstance(metric[0], dict) else ""
            if text.startswith("SEARCH"):
                match = re.fullmatch(
                    r"""SEARCH\('\{(\w+),([\w,]+)\} MetricName="(\w+)"', 'Sum', 300\)""", text
                )
                assert match, text
                found.add(match.groups())
    return found


def test_new_domains_appear_by_themselves(stack):
    assert searches(stack) == {
        ("SesWarden", dimensions, name)
        for dimensions, name in (
            ("Domain", "Send"),
            ("Domain", "BounceHard"),
            ("Domain", "Complaint"),
            ("ConfigurationSet,Domain", "Send"),
            ("Domain,Fault", "BounceFault"),
            ("Reason", "Ignored"),
            ("Reason", "Malformed"),
            ("CallerIdentity", "UnexpectedSender"),
            ("SourceIp", "UnexpectedSender"),
        )
    }


def test_the_domain_whose_rates_are_shown_is_chosen_from_a_search(stack):
    (variable,) = body(stack)["variables"]
    assert variable["type"] == "pattern"
    assert variable["search"] == '{SesWarden,Domain} MetricName="Send"'
    assert variable["populateFrom"] == "Domain"
    pattern = variable["pattern"]
    for title in ("Bounce rate, counted here (%)", "Complaint rate, counted here (%)"):
        metrics = widgets(stack)[title]["properties"]["metrics"]
        assert [m[3] for m in metrics if len(m) == 5] == [pattern, pattern]


@pytest.mark.parametrize(
    "title, metric, lines",
    [
        ("Account bounce rate, as AWS sees it (%)", "Reputation.BounceRate", {"AWS reviews": 5, "AWS may pause": 10}),
        ("Account complaint rate, as AWS sees it (%)", "Reputation.ComplaintRate", {"AWS reviews": 0.1, "AWS may pause": 0.5}),
    ],
)
def test_reputation_is_shown_with_the_lines_of_aws(stack, title, metric, lines):
    properties = widgets(stack)[title]["properties"]
    shown = {a["label"]: a["value"] for a in properties["annotations"]["horizontal"]}
    assert shown == lines
    # The metric is a fraction, the lines are per cent.
    assert properties["metrics"][0][0]["expression"].startswith("100 * ")
    assert properties["metrics"][1][:2] == ["AWS/SES", metric]


def test_functions_and_queues_are_shown(stack):
    text = json.dumps(body(stack))
    for name in ("Suppress", "Metrics", "Guard"):
        assert f"<{name}Function>" in text
        assert f"<{name}DeadLetterQueue.QueueName>" in text
    for queue in stack.of_type("AWS::SQS::Queue").values():
        name = queue["Properties"]["QueueName"]
        assert name.endswith("-dead-letters") or f'"{name}"' in text


def test_the_alarm_widget_names_alarms_that_every_stack_has(bare, direct):
    for stack in (bare, direct):
        ((_, widget),) = widgets(stack, "alarm").items()
        named = {arn.strip("<>").removesuffix(".Arn") for arn in widget["properties"]["alarms"]}
        assert named <= set(stack.of_type("AWS::CloudWatch::Alarm"))
