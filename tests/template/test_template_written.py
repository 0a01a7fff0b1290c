"""What `make template` writes: the template has it, and alone it makes what it should."""

import json
import sys

import pytest
import yaml

from template import INFRA, TEMPLATE, load

sys.path.insert(0, str(INFRA))
import make_template  # noqa: E402

ALARMS = (INFRA / "alarms.yaml").read_text()
DASHBOARD = (INFRA / "dashboard.json").read_text()


def test_the_template_is_up_to_date():
    written = make_template.template(TEMPLATE.read_text(), ALARMS, DASHBOARD)
    assert written == TEMPLATE.read_text(), "run `make template`"


def test_a_change_in_either_file_reaches_the_template():
    text = TEMPLATE.read_text()
    fewer = ALARMS.replace("Period: 900", "Period: 1800")
    assert make_template.template(text, fewer, DASHBOARD).count("Period: 1800") > 0
    other = DASHBOARD.replace("Function errors and throttles", "Errors")
    assert '"title":"Errors"' in make_template.template(text, ALARMS, other)


def test_what_a_person_wrote_is_left_as_it_is():
    text = TEMPLATE.read_text()
    written = make_template.template(text, ALARMS.replace("Period: 900", "Period: 1800"), DASHBOARD)
    assert written.split(make_template.BEGIN)[0] == text.split(make_template.BEGIN)[0]
    assert written.split(make_template.END)[1] == text.split(make_template.END)[1]


def test_a_row_fills_its_places_and_a_value_alone_keeps_its_type():
    kinds = yaml.load(
        """
- resource: <Name>Alarm
  condition: Sometimes
  rows: [{ name: a, period: 60 }, { name: b, period: 300 }]
  properties: { Period: <period>, Text: "<Name> of <name>", Topic: !Ref <Name>Topic }
""",
        make_template.Loader,
    )
    made = make_template.alarms_of(kinds)
    assert list(made) == ["AAlarm", "BAlarm"]
    assert made["BAlarm"]["Condition"] == "Sometimes"
    written = load(yaml.dump(made["BAlarm"]["Properties"], Dumper=make_template.Dumper))
    assert written == {"Period": 300, "Text": "B of b", "Topic": {"Ref": "BTopic"}}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda listed: listed.pop(),
        lambda listed: listed.append(listed[0]),
        lambda listed: listed.append("${NoSuchAlarm.Arn}"),
    ],
)
def test_a_dashboard_that_does_not_list_each_alarm_once_is_refused(spoil):
    body = json.loads(DASHBOARD)
    spoil(next(w for w in body["widgets"] if w["type"] == "alarm")["properties"]["alarms"])
    with pytest.raises(ValueError, match="each alarm"):
        make_template.template(TEMPLATE.read_text(), ALARMS, json.dumps(body))


def test_an_alarm_that_two_rows_make_is_refused():
    with pytest.raises(ValueError, match="GuardIdleAlarm twice"):
        make_template.alarms_of(2 * [{"resource": "GuardIdleAlarm", "properties": {}}])
