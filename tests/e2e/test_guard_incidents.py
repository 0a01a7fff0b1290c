"""Alarms of every kind, at the same time and out of order: what guard pauses for them, and what not."""

import json
import time
from datetime import UTC, datetime
from concurrent.futures import ThreadPoolExecutor

import pytest

from desk import PREFIX, SET_CRITICAL, Desk, message, wait_handled
from warden_local.waiting import wait_until

ACCOUNT_WARN = f"{PREFIX}account/all/bounce/warn"
ACCOUNT_CRITICAL = f"{PREFIX}account/all/bounce/critical"
OF_SET = [f"{PREFIX}configuration-set/marketing/{rest}" for rest in ("bounce/critical", "bounce/warn", "complaint/critical")]
DOMAIN = f"{PREFIX}domain/news.example.org/bounce/critical"
COMPOSITE = f"{PREFIX}configuration-set/marketing/both/critical"


@pytest.fixture
def desk(aws, deploy):
    return Desk(aws, deploy())


def test_alarms_that_ring_together_pause_once_and_are_told_once_each(desk):
    raised = [*OF_SET, ACCOUNT_WARN]
    with ThreadPoolExecutor(8) as pool:
        rung = [pool.submit(desk.raise_alarm, name) for name in raised]
        rung += [pool.submit(desk.invoke, json.dumps(message(name))) for name in raised * 3]
        for future in rung:
            future.result()
    desk.look()
    wait_handled(desk, *raised)
    desk.look()
    assert not desk.sends()
    assert desk.sends("transactional") and desk.account_sends()
    assert desk.switched() == 1
    desk.notices()
    assert sorted(desk.observer.told()) == sorted(raised)


def test_a_set_and_the_account_at_once_are_two_incidents(desk):
    for name in (SET_CRITICAL, ACCOUNT_CRITICAL):
        desk.raise_alarm(name)
    wait_handled(desk, SET_CRITICAL, ACCOUNT_CRITICAL)
    assert not desk.account_sends()
    desk.notices()
    assert sorted(desk.observer.told()) == sorted([SET_CRITICAL, ACCOUNT_CRITICAL])


def test_messages_out_of_order_change_nothing_that_the_alarm_does_not_say(desk):
    """OK arrives before ALARM and again later, while the alarm itself stays in ALARM."""
    early = json.dumps(message(SET_CRITICAL)).replace('\\"ALARM\\"', '\\"OK\\"')
    desk.invoke(early)
    desk.raise_alarm(SET_CRITICAL)
    wait_handled(desk, SET_CRITICAL)
    desk.invoke(early)
    desk.invoke(json.dumps(message(SET_CRITICAL)))
    assert not desk.sends()
    assert desk.told() == ["paused_sets"]


@pytest.mark.parametrize("state", ["OK", "INSUFFICIENT_DATA"])
def test_an_alarm_that_ends_resumes_nothing(desk, state):
    desk.raise_alarm(SET_CRITICAL)
    wait_handled(desk, SET_CRITICAL)
    desk.set_state(SET_CRITICAL, state)
    desk.look()
    assert not desk.sends()
    assert desk.told() == ["paused_sets"]


def test_what_an_operator_resumed_stays_resumed_at_every_look_of_the_episode(desk):
    desk.raise_alarm(ACCOUNT_CRITICAL)
    wait_handled(desk, ACCOUNT_CRITICAL)
    desk.ses.put_account_sending_attributes(SendingEnabled=True)
    for _ in range(2):
        desk.look()
        desk.invoke(json.dumps(message(ACCOUNT_CRITICAL)))
    assert desk.account_sends()
    assert desk.told() == ["paused_account"]

    desk.set_state(ACCOUNT_CRITICAL, "OK")
    desk.raise_alarm(ACCOUNT_CRITICAL)
    wait_until("the account is paused again", lambda: not desk.account_sends())
    wait_until("it is told", lambda: desk.told() == ["paused_account"] * 2)
    first, second = desk.notices()
    assert first.attributes["id"] != second.attributes["id"]


def test_a_composite_alarm_pauses_nothing_whatever_our_counts_prove(desk):
    """Its definition names other alarms and no metric, so guard does not know what it watches."""
    count(desk, sends=1000, bounces=200)
    desk.cloudwatch.put_composite_alarm(
        AlarmName=COMPOSITE,
        AlarmRule=" OR ".join(f'ALARM("{name}")' for name in OF_SET),
        AlarmActions=[],
    )
    desk.set_state(COMPOSITE, "ALARM")
    desk.look()
    wait_handled(desk, COMPOSITE)
    assert desk.sends() and desk.account_sends()
    assert desk.told() == ["unlabelled"]
    assert desk.notices()[0].alarms == [COMPOSITE]


def test_an_alarm_in_metric_math_waits_for_proof_and_pauses_the_set_that_carried_the_mail(desk):
    put_domain_alarm(desk)
    desk.raise_alarm(DOMAIN)
    desk.look()
    assert desk.told() == ["not_proven"]
    desk.look()
    assert desk.told() == ["not_proven"]
    assert desk.sends() and not desk.is_handled(DOMAIN)

    count(desk, sends=1000, bounces=200)
    desk.look()
    wait_handled(desk, DOMAIN)
    assert not desk.sends()
    assert desk.sends("transactional") and desk.account_sends()
    assert desk.told() == ["not_proven", "paused_sets"]
    finding = json.loads(desk.notices()[1].attributes["notice"])["alarms"][0]["finding"]
    assert (finding["events"], finding["total"], finding["reason"]) == (200, 1000, "proven")


def test_what_a_person_paused_is_told_as_theirs_and_stays_theirs(desk):
    desk.ses.put_account_sending_attributes(SendingEnabled=False)
    before = desk.switched()
    desk.raise_alarm(ACCOUNT_CRITICAL)
    wait_handled(desk, ACCOUNT_CRITICAL)
    desk.set_state(ACCOUNT_CRITICAL, "OK")
    desk.look()
    assert not desk.account_sends()
    assert desk.switched() == before
    assert desk.told() == ["account_paused"]
    assert "a person or another program" in desk.notices()[0].body


def test_each_change_of_awss_verdict_is_told_once(aws, desk):
    desk.look()
    assert desk.told() == []
    for verdict in ("PROBATION", "SHUTDOWN", "HEALTHY"):
        aws.ses_control("PUT", "account", {"enforcement_status": verdict})
        desk.look()
        desk.look()
    assert desk.told() == ["enforcement"] * 3
    subjects = [notice.subject for notice in desk.notices()]
    assert [subject.rsplit(" ", 1)[1] for subject in subjects] == ["PROBATION", "SHUTDOWN", "HEALTHY"]


def test_a_message_of_sess_is_told_once(desk):
    event = {
        "version": "0", "id": "7bf73129-1428-4cd3-a780-95db273d1602", "detail-type": "Sending Status Disabled",
        "source": "aws.ses", "account": "111122223333", "time": "2026-10-06T07:15:00Z", "region": "eu-central-1",
        "resources": ["arn:aws:ses:eu-central-1:111122223333:tenant/shop/tn-1"],
        "detail": {"version": "1.0.0", "data": {"origin": "AWS_MANAGED", "record": {"status": "DISABLED", "cause": "Reputation finding"}}},
    }  # fmt: skip
    for _ in range(2):
        desk.invoke(json.dumps(event))
    assert desk.told() == ["sending_status"]
    assert "Reputation finding" in desk.notices()[0].body


def count(desk, sends, bounces):
    """Writes what metrics counts for news.example.org, all of it in the set marketing."""
    minute = int(time.time()) // 60 * 60
    series = [[], [("Domain", "news.example.org")], [("Domain", "news.example.org"), ("ConfigurationSet", "marketing")]]
    data = [
        {"MetricName": name, "Value": value, "Timestamp": datetime.fromtimestamp(minute, UTC), "Dimensions": [{"Name": n, "Value": v} for n, v in pairs]}
        for pairs in series
        for name, value in (("Send", sends), ("BounceHard", bounces))
    ]
    desk.cloudwatch.put_metric_data(Namespace="SesWarden", MetricData=data)


def put_domain_alarm(desk):
    """Creates an alarm in the form in which ``ses-warden connect`` does."""
    dimensions = [{"Name": "Domain", "Value": "news.example.org"}]

    def query(name, metric):
        stat = {"Metric": {"Namespace": "SesWarden", "MetricName": metric, "Dimensions": dimensions}, "Period": 300, "Stat": "Sum"}
        return {"Id": name, "MetricStat": stat, "ReturnData": False}

    desk.cloudwatch.put_metric_alarm(
        AlarmName=DOMAIN,
        Metrics=[query("b", "BounceHard"), query("s", "Send"), {"Id": "r", "Expression": "b / s", "ReturnData": True}],
        EvaluationPeriods=1,
        ComparisonOperator="GreaterThanThreshold",
        Threshold=0.04,
    )
