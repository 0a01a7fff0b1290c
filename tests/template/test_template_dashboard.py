"""The dashboard: JSON that CloudWatch takes, and that shows what it should."""

import json
import re
from pathlib import Path

import jsonschema
import pytest

from template import ROOT, Stack

SCHEMA = Path(__file__).with_name("dashboard_schema.json")


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


def test_body_has_the_structure_that_cloudwatch_documents(stack, bare, direct):
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    for made in (stack, bare, direct):
        jsonschema.validate(body(made), schema, jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda b: b["widgets"][1].update(type="metrics"),
        lambda b: b["widgets"][1]["properties"].pop("region"),
        lambda b: b["widgets"][1]["properties"].update(stat="p101x"),
        lambda b: b["widgets"][1]["properties"]["metrics"].append(["SesWarden"]),
        lambda b: b["widgets"][1]["properties"]["metrics"].append([{"expression": "1", "id": "Upper"}]),
        lambda b: b["widgets"][1].update(width=25),
        lambda b: b["variables"][0].pop("pattern"),
        lambda b: b.update(widget=[]),
    ],
)
def test_the_structure_would_show_a_mistake(stack, spoil):
    spoilt = body(stack)
    spoil(spoilt)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(spoilt, json.loads(SCHEMA.read_text()), jsonschema.Draft202012Validator)


def searches(stack):
    """Namespace, dimensions, metric, statistic and period of each search, and how it is cut."""
    found = set()
    for widget in widgets(stack).values():
        for metric in widget["properties"]["metrics"]:
            text = metric[0].get("expression", "") if isinstance(metric[0], dict) else ""
            if "SEARCH" in text:
                match = re.fullmatch(
                    r"""(?:SORT\()?SEARCH\('(?:\{(\w+),([\w,]+)\}|Namespace="([\w/]+)") MetricName="(\w+)"', '(\w+)', (\d+)\)"""
                    r"""(?:, (\w+, DESC, \d+)\))?""",
                    text,
                )
                assert match and text.startswith("SORT(") == bool(match[7]), text
                ours, dimensions, other, name, statistic, period, cut = match.groups()
                found.add((ours or other, dimensions or "", name, statistic, int(period), cut))
    return found


@pytest.mark.parametrize("namespace", ["SesWarden", "Other"])
def test_new_domains_appear_by_themselves(template, namespace):
    """So do providers, faults and reasons: nobody edits a dashboard for them.

    Of what has no end the largest are shown: a graph draws 500 series at most.
    """
    top, few, slowest, whole = "SUM, DESC, 20", "SUM, DESC, 10", "MAX, DESC, 10", None
    assert searches(Stack(template, MetricNamespace=namespace)) == {
        *(
            (namespace, dimensions, name, "Sum", 300, cut)
            for dimensions, name, cut in (
                ("Domain", "Send", top),
                ("Domain", "BounceHard", top),
                ("Domain", "Complaint", top),
                ("Domain", "RescueCandidate", top),
                ("ConfigurationSet,Domain", "Send", top),
                ("Domain,Fault", "BounceFault", top),
                ("Domain,Provider", "Delivery", top),
                ("Domain,Provider", "BounceHard", few),
                ("Domain,Provider", "Complaint", few),
                ("CallerIdentity", "UnexpectedSender", few),
                ("SourceIp", "UnexpectedSender", few),
                ("Reason", "Ignored", whole),
                ("Reason", "Malformed", whole),
                ("Reason", "Suppressed", whole),
                ("Reason", "SuppressionIneffective", whole),
            )
        ),
        (namespace, "Domain", "DeliveryTime", "p50", 300, slowest),
        (namespace, "Domain", "DeliveryTime", "p95", 300, slowest),
        # Whatever their dimensions are, and nothing where there are no such pools.
        ("AWS/SES", "", "SentLast24Hours", "Maximum", 3600, whole),
        ("AWS/SES", "", "Available24HourSend", "Maximum", 3600, whole),
    }


def test_a_title_says_how_many_are_shown(stack):
    for title, widget in widgets(stack).items():
        cuts = set(re.findall(r"DESC, (\d+)\)", json.dumps(widget)))
        assert len(cuts) <= 1, title
        assert all(re.search(rf"(top|slowest) {cut}\b", title) for cut in cuts), title


def test_everything_that_the_functions_count_is_shown(stack):
    """Names as the source spells them; what is left out is said here."""
    sources = ROOT / "crates" / "domain" / "src" / "metrics" / "series.rs", ROOT / "functions" / "suppress" / "src" / "counts.rs"
    names = set(re.findall(r'Self::\w+ => "(\w+)"', sources[0].read_text()))
    names |= set(re.findall(r'self\.add\(\("(\w+)"', sources[1].read_text()))
    assert {"Send", "DeliveryTime", "Suppressed", "ImportFailed"} <= names
    # Rare, or dear and seldom asked for: on the console's own pages.
    left_out = {
        "BounceSoft", "BounceUndetermined", "BounceEcho", "Reject", "DeliveryDelay", "RenderingFailure",
        "MultiRecipientMessage", "Open", "Click", "Subscription",
    }
    text = json.dumps(body(stack))
    assert {name for name in names if f'"{name}' not in text and f'\\"{name}' not in text} == left_out


def test_a_period_without_bounces_is_nought_per_cent_and_no_gap(stack):
    """metrics writes nothing where it counted nothing, and a line would jump from peak to peak."""
    for title in ("Bounce rate, counted here (%)", "Complaint rate, counted here (%)"):
        texts = [m[0]["expression"] for m in widgets(stack)[title]["properties"]["metrics"] if isinstance(m[0], dict)]
        assert len(texts) == 2
        assert all(re.fullmatch(r"100 \* SUM\(\[FILL\(\w+, 0\), 0 \* (\w+)\]\) / \1", text) for text in texts)


def test_the_periods_that_widgets_name_are_kept(stack):
    assert body(stack)["periodOverride"] == "inherit"


def test_guard_is_shown_by_what_wakes_it_what_it_says_and_what_it_did(stack):
    metrics = widgets(stack)["What wakes guard, and notices"]["properties"]["metrics"]
    assert [m[:4] for m in metrics] == [
        ["AWS/Lambda", "Invocations", "FunctionName", "<GuardFunction>"],
        ["AWS/SNS", "NumberOfMessagesPublished", "TopicName", "<AlarmTopic.TopicName>"],
        ["AWS/SNS", "NumberOfMessagesPublished", "TopicName", "<OperatorTopic.TopicName>"],
    ]
    query = widgets(stack, "log")["What guard did"]["properties"]["query"]
    group = stack.resources["GuardLogGroup"]["Properties"]["LogGroupName"]
    assert query.startswith(f"SOURCE '{group}' | ")
    handler = (ROOT / "functions" / "guard" / "src" / "handler.rs").read_text()
    assert '"this episode is handled already"' in handler
    for field in re.findall(r"`([\w.]+)`", query):
        assert field in handler


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


SETS = ",".join(f"set-{number}" for number in range(20))


def shown_alarms(stack):
    ((_, widget),) = widgets(stack, "alarm").items()
    return widget["properties"]["alarms"]


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"Buffering": "Direct"},
        {"AllowedCallerIdentities": "mailer"},
        {"AllowedCallerIdentities": "mailer", "UnexpectedSenderAlarm": "off"},
        {"ConfigurationSets": "marketing", "AllowedSourceCidrs": "192.0.2.0/24"},
        {"ConfigurationSets": "marketing,password-reset_2"},
        {"ConfigurationSets": "marketing", "ConfigurationSetAlarms": "false"},
        {"ConfigurationSets": SETS, "AllowedSourceCidrs": "192.0.2.0/24"},
    ],
)
def test_every_alarm_of_the_stack_is_in_the_widget_and_no_other(template, parameters):
    stack = Stack(template, **parameters)
    arns = {
        f"arn:aws:cloudwatch:eu-central-1:111122223333:alarm:{alarm['Properties']['AlarmName']}": f"<{name}.Arn>"
        for name, alarm in stack.of_type("AWS::CloudWatch::Alarm").items()
    }
    shown = [arns.get(arn, arn) for arn in shown_alarms(stack)]
    assert sorted(shown) == sorted(arns.values())
    assert len(shown) <= 100, "CloudWatch takes no more"


def test_alarms_of_a_twenty_first_set_are_left_to_the_list_that_the_title_names(template):
    stack = Stack(template, ConfigurationSets=SETS + ",one-more", AllowedSourceCidrs="192.0.2.0/24")
    assert shown_alarms(stack) == shown_alarms(Stack(template, ConfigurationSets=SETS, AllowedSourceCidrs="192.0.2.0/24"))
    ((title, widget),) = widgets(stack, "alarm").items()
    assert "domains" in title and "after the twentieth" in title and title.endswith("by the prefix ses-warden/")
    # What rings comes first.
    assert widget["properties"]["sortBy"] == "stateUpdatedTimestamp"
