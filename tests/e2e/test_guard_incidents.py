"""Alarms of every kind, at the same time and out of order: what guard pauses for them, and what not."""

import json
import time
from datetime import UTC, datetime
from concurrent.futures import ThreadPoolExecutor

import pytest

from console import PREFIX, SET_CRITICAL, Console, message, wait_handled
from warden_local.waiting import wait_until

ACCOUNT_WARN = f"{PREFIX}account/all/bounce/warn"
ACCOUNT_CRITICAL = f"{PREFIX}account/all/bounce/critical"
OF_SET = [f"{PREFIX}configuration-set/marketing/{rest}" for rest in ("bounce/critical", "bounce/warn", "complaint/critical")]
DOMAIN = f"{PREFIX}domain/news.example.org/bounce/critical"
COMPOSITE = f"{PREFIX}configuration-set/marketing/both/critical"


@pytest.fixture
def console(aws, deploy):
    return Console(aws, deploy())


def test_simultaneous_alarms_pause_once_and_are_notified_once_each(console):
    alarms = [*OF_SET, ACCOUNT_WARN]
    with ThreadPoolExecutor(8) as pool:
        sent = [pool.submit(console.set_in_alarm, name) for name in alarms]
        sent += [pool.submit(console.invoke, json.dumps(message(name))) for name in alarms * 3]
        for future in sent:
            future.result()
    console.run_schedule()
    wait_handled(console, *alarms)
    console.run_schedule()
    assert not console.sends()
    assert console.sends("transactional") and console.account_sends()
    assert console.switched() == 1
    console.notices()
    assert sorted(console.observer.notified_alarms()) == sorted(alarms)


def test_a_set_and_the_account_at_once_are_two_incidents(console):
    for name in (SET_CRITICAL, ACCOUNT_CRITICAL):
        console.set_in_alarm(name)
    wait_handled(console, SET_CRITICAL, ACCOUNT_CRITICAL)
    assert not console.account_sends()
    console.notices()
    notified = [name for name in console.observer.notified_alarms() if name != ACCOUNT_WARN]
    assert sorted(notified) == sorted([SET_CRITICAL, ACCOUNT_CRITICAL])


def test_messages_out_of_order_change_nothing_that_the_alarm_does_not_say(console):
    """OK arrives before ALARM and again later, while the alarm itself stays in ALARM."""
    early = json.dumps(message(SET_CRITICAL)).replace('\\"ALARM\\"', '\\"OK\\"')
    console.invoke(early)
    console.set_in_alarm(SET_CRITICAL)
    wait_handled(console, SET_CRITICAL)
    console.invoke(early)
    console.invoke(json.dumps(message(SET_CRITICAL)))
    assert not console.sends()
    assert console.notified_actions() == ["paused_sets"]


@pytest.mark.parametrize("state", ["OK", "INSUFFICIENT_DATA"])
def test_an_alarm_that_ends_resumes_nothing(console, state):
    console.set_in_alarm(SET_CRITICAL)
    wait_handled(console, SET_CRITICAL)
    console.set_state(SET_CRITICAL, state)
    console.run_schedule()
    assert not console.sends()
    assert console.notified_actions() == ["paused_sets"]


def test_what_an_operator_resumed_stays_resumed_for_the_episode(console):
    console.set_in_alarm(ACCOUNT_CRITICAL)
    wait_handled(console, ACCOUNT_CRITICAL)
    console.ses.put_account_sending_attributes(SendingEnabled=True)
    for _ in range(2):
        console.run_schedule()
        console.invoke(json.dumps(message(ACCOUNT_CRITICAL)))
    assert console.account_sends()
    assert console.notified_actions() == ["paused_account"]

    console.set_state(ACCOUNT_CRITICAL, "OK")
    console.set_in_alarm(ACCOUNT_CRITICAL)
    wait_until("the account is paused again", lambda: not console.account_sends())
    wait_until("operators are notified", lambda: console.notified_actions() == ["paused_account"] * 2)
    first, second = console.notices()
    assert first.attributes["id"] != second.attributes["id"]


def test_a_composite_alarm_pauses_nothing_whatever_our_counts_prove(console):
    """Its definition names other alarms and no metric, so guard does not know what it watches."""
    count(console, sends=1000, bounces=200)
    console.cloudwatch.put_composite_alarm(
        AlarmName=COMPOSITE,
        AlarmRule=" OR ".join(f'ALARM("{name}")' for name in OF_SET),
        AlarmActions=[],
    )
    console.set_state(COMPOSITE, "ALARM")
    console.run_schedule()
    wait_handled(console, COMPOSITE)
    assert console.sends() and console.account_sends()
    assert console.notified_actions() == ["unlabelled"]
    assert console.notices()[0].alarms == [COMPOSITE]


def test_an_alarm_in_metric_math_waits_for_proof_and_pauses_the_set_that_carried_the_mail(console):
    put_domain_alarm(console)
    console.set_in_alarm(DOMAIN)
    console.run_schedule()
    assert console.notified_actions() == ["not_proven"]
    console.run_schedule()
    assert console.notified_actions() == ["not_proven"]
    assert console.sends() and not console.is_handled(DOMAIN)

    count(console, sends=1000, bounces=200)
    console.run_schedule()
    wait_handled(console, DOMAIN)
    assert not console.sends()
    assert console.sends("transactional") and console.account_sends()
    assert console.notified_actions() == ["not_proven", "paused_sets"]
    finding = json.loads(console.notices()[1].attributes["notice"])["alarms"][0]["finding"]
    assert (finding["events"], finding["total"], finding["reason"]) == (200, 1000, "proven")


def test_a_persons_pause_is_reported_as_theirs_and_kept(console):
    console.ses.put_account_sending_attributes(SendingEnabled=False)
    before = console.switched()
    console.set_in_alarm(ACCOUNT_CRITICAL)
    wait_handled(console, ACCOUNT_CRITICAL)
    console.set_state(ACCOUNT_CRITICAL, "OK")
    console.run_schedule()
    assert not console.account_sends()
    assert console.switched() == before
    assert console.notified_actions() == ["account_paused"]
    assert "a person or another program" in console.notices()[0].body


def test_each_change_of_enforcement_status_is_notified_once(aws, console):
    console.run_schedule()
    assert console.notified_actions() == []
    for verdict in ("PROBATION", "SHUTDOWN", "HEALTHY"):
        aws.ses_control("PUT", "account", {"enforcement_status": verdict})
        console.run_schedule()
        console.run_schedule()
    assert console.notified_actions() == ["enforcement"] * 3
    subjects = [notice.subject for notice in console.notices()]
    assert [subject.rsplit(" ", 1)[1] for subject in subjects] == ["PROBATION", "SHUTDOWN", "HEALTHY"]


def test_a_message_of_ses_is_notified_once(console):
    event = {
        "version": "0", "id": "7bf73129-1428-4cd3-a780-95db273d1602", "detail-type": "Sending Status Disabled",
        "source": "aws.ses", "account": "111122223333", "time": "2026-10-06T07:15:00Z", "region": "eu-central-1",
        "resources": ["arn:aws:ses:eu-central-1:111122223333:tenant/shop/tn-1"],
        "detail": {"version": "1.0.0", "data": {"origin": "AWS_MANAGED", "record": {"status": "DISABLED", "cause": "Reputation finding"}}},
    }  # fmt: skip
    for _ in range(2):
        console.invoke(json.dumps(event))
    assert console.notified_actions() == ["sending_status"]
    assert "Reputation finding" in console.notices()[0].body


def count(console, sends, bounces):
    """Writes what metrics counts for news.example.org, all of it in the set marketing."""
    minute = int(time.time()) // 60 * 60
    series = [[], [("Domain", "news.example.org")], [("Domain", "news.example.org"), ("ConfigurationSet", "marketing")]]
    data = [
        {"MetricName": name, "Value": value, "Timestamp": datetime.fromtimestamp(minute, UTC), "Dimensions": [{"Name": n, "Value": v} for n, v in pairs]}
        for pairs in series
        for name, value in (("Send", sends), ("BounceHard", bounces))
    ]
    console.cloudwatch.put_metric_data(Namespace="SesWarden", MetricData=data)


def put_domain_alarm(console):
    """Creates an alarm in the form in which ``ses-warden connect`` does."""
    dimensions = [{"Name": "Domain", "Value": "news.example.org"}]

    def query(name, metric):
        stat = {"Metric": {"Namespace": "SesWarden", "MetricName": metric, "Dimensions": dimensions}, "Period": 300, "Stat": "Sum"}
        return {"Id": name, "MetricStat": stat, "ReturnData": False}

    console.cloudwatch.put_metric_alarm(
        AlarmName=DOMAIN,
        Metrics=[query("b", "BounceHard"), query("s", "Send"), {"Id": "r", "Expression": "b / s", "ReturnData": True}],
        EvaluationPeriods=1,
        ComparisonOperator="GreaterThanThreshold",
        Threshold=0.04,
    )
