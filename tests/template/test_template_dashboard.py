"""The dashboard: JSON that CloudWatch takes, and that shows what it should."""

import json
import re
from pathlib import Path

import jsonschema
import pytest

from template import ROOT, TEMPLATE, Stack

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
                text = metric[0]["expression"]
                # A search without a label of ours is labelled with what tells its series apart.
                needed = {"expression", "id"} if "SEARCH" in text else {"expression", "label", "id"}
                assert len(metric) == 1 and needed <= set(metric[0]), title
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
        "MultiRecipientMessage", "Open", "OpenByBot", "Click", "ClickByBot", "Subscription",
    }
    text = json.dumps(body(stack))
    assert {name for name in names if f'"{name}' not in text and f'\\"{name}' not in text} == left_out


def test_widgets_search_the_dimensions_that_the_functions_write():
    source = (ROOT / "crates" / "domain" / "src" / "metrics" / "series.rs").read_text()
    written = set(re.findall(r'\("(\w+)", ', source))
    searched = re.findall(r"SEARCH\('\{\$\{MetricNamespace\},([\w,]+)\}", TEMPLATE.read_text())
    names = {name for dimensions in searched for name in dimensions.split(",")}
    assert {"Domain", "Fault", "Provider"} <= names <= written


def test_the_periods_that_widgets_name_are_kept(stack):
    assert body(stack)["periodOverride"] == "inherit"


def test_the_table_of_guard_asks_for_what_guard_logs(stack):
    query = widgets(stack, "log")["What guard did"]["properties"]["query"]
    group = stack.resources["GuardLogGroup"]["Properties"]["LogGroupName"]
    assert query == (
        f"SOURCE '{group}' | fields @timestamp, message, action, what, `alarm.name`, error"
        " | filter ispresent(`alarm.name`) or ispresent(action)"
        " | sort @timestamp desc | limit 50"
    )
    sources = (ROOT / "functions" / "guard" / "src").glob("*.rs")
    logged = "".join(path.read_text() for path in sorted(sources))
    for field in re.findall(r"`([\w.]+)`", query):
        assert f"{field} = " in logged


def test_the_domain_whose_rates_are_shown_is_chosen_from_a_search(template):
    (variable,) = body(Stack(template, MetricNamespace="Other"))["variables"]
    assert variable == {
        "type": "pattern",
        "pattern": "CHOSEN_DOMAIN",
        "inputType": "select",
        "id": "domain",
        "label": "Sender domain",
        "search": '{Other,Domain} MetricName="Send"',
        "populateFrom": "Domain",
        "defaultValue": "__FIRST",
        "visible": True,
    }


@pytest.mark.parametrize(
    "title, lines",
    [
        ("Account bounce rate, as AWS sees it (%)", {"AWS reviews": 5, "AWS may pause": 10}),
        ("Account complaint rate, as AWS sees it (%)", {"AWS reviews": 0.1, "AWS may pause": 0.5}),
    ],
)
def test_reputation_is_shown_with_the_lines_of_aws(stack, title, lines):
    """The metric is a fraction, the lines are per cent."""
    properties = widgets(stack)[title]["properties"]
    shown = {a["label"]: a["value"] for a in properties["annotations"]["horizontal"]}
    assert shown == lines


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
        {"AllowedSourceCidrs": "192.0.2.0/24"},
        {"WatchMissingEvents": "false", "Buffering": "Direct"},
    ],
)
def test_every_alarm_of_the_stack_is_in_the_widget_and_no_other(template, parameters):
    stack = Stack(template, **parameters)
    shown = shown_alarms(stack)
    assert sorted(shown) == sorted(f"<{name}.Arn>" for name in stack.of_type("AWS::CloudWatch::Alarm"))
    assert len(shown) <= 100, "CloudWatch takes no more"


def test_alarms_of_sets_and_domains_are_left_to_the_list_that_the_title_names(stack):
    ((title, widget),) = widgets(stack, "alarm").items()
    assert "configuration sets and domains" in title and title.endswith("by the prefix ses-warden/")
    # What is in ALARM comes first.
    assert widget["properties"]["sortBy"] == "stateUpdatedTimestamp"


def test_a_name_that_is_no_plain_word_is_quoted_in_a_search(stack):
    """As CloudWatch asks for in the schema of a search, and only there."""
    for schema in re.findall(r"SEARCH\('\{([^}]*)\}", "".join(map(str, searches(stack)))):
        namespace, *dimensions = schema.split(",")
        assert re.fullmatch(r"[\w/]+", namespace)
        for name in dimensions:
            assert re.fullmatch(r'\w+|"[^"]+"', name), name


def searches(stack):
    for widget in widgets(stack).values():
        yield from (m[0]["expression"] for m in widget["properties"]["metrics"] if isinstance(m[0], dict))


