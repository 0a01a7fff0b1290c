"""`ses-warden drill` against a deployed stack: each hop is broken once, and the drill must name it."""

import contextlib
import http.client
import http.server
import json
import subprocess
import threading
import time

import pytest

from ministack.core.iam_actions import extract_iam_action

from console import Console
from warden_local import paths
from warden_local.cast import NEWS
from warden_local.command import environment
from warden_local.emulator import permissions
from warden_local.waiting import wait_until
from wire import Wire, handler

SET = NEWS.configuration_set
FROM = f"drill@{NEWS.domain}"
ADDRESSED = ("--configuration-set", SET, "--from", FROM)
FAST = ("--ses-calls-per-second", "200")
HOPS = [
    "send", "event", "topic", "metrics-queue", "metrics-function", "metric", "suppress-queue", "suppress-function",
    "journal", "list", "alarm", "alarm-topic", "guard", "notice",
]  # fmt: skip
# Long enough for what comes, short enough for what does not.
BROKEN_WAIT = 10
COUNTED = ("Send", "Delivery", "BounceHard", "BounceSoft", "Complaint")


class Drill:
    """The command, and what AWS holds."""

    def __init__(self, aws, stack, binary):
        self.aws, self.stack, self.binary = aws, stack, binary
        self.console = Console(aws, stack)
        self.ses, self.sns, self.sqs = aws.client("sesv2"), aws.client("sns"), aws.client("sqs")
        self.functions, self.cloudwatch = aws.client("lambda"), aws.client("cloudwatch")

    def start(self, *options, **variables):
        command = [self.binary, "drill", *options, *FAST]
        return subprocess.Popen(
            command, env={**environment(self.aws), **variables}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip

    def run(self, *options, status=0, **variables):
        child = self.start(*options, **variables)
        said, complained = child.communicate(timeout=120)
        wrong = [line for line in said.splitlines() if '"passed"' not in line]
        assert child.returncode == status, "\n".join([f"ended with {child.returncode}", *wrong, complained])
        return said, complained

    def hops(self, *options, status=0, wait=60, **variables):
        words = (*ADDRESSED, "--yes", "--json", "--wait", str(wait), *options)
        said, complained = self.run(*words, status=status, **variables)
        rows = [json.loads(line) for line in said.splitlines()]
        assert [row["hop"] for row in rows] == HOPS
        assert "left something behind" not in complained
        return {row["hop"]: row for row in rows}

    def broken(self, *options, wait=BROKEN_WAIT, **variables):
        """The hops that a drill calls broken, and their rows."""
        rows = self.hops(*options, status=1, wait=wait, **variables)
        print("\n".join(f"{row['hop']} {row['state']}: {row['text']}" for row in rows.values()))
        return [hop for hop, row in rows.items() if row["state"] == "broken"], rows

    def left_behind(self):
        """Everything of a drill that is still there."""
        pages = self.cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix="ses-warden/drill/")
        alarms = [alarm["AlarmName"] for page in pages for alarm in page["MetricAlarms"]]
        queues = self.sqs.list_queues(QueueNamePrefix="ses-warden-drill-").get("QueueUrls", [])
        subscribed = [
            one["Endpoint"]
            for one in self.sns.list_subscriptions()["Subscriptions"]
            if ":ses-warden-drill-" in one["Endpoint"]
        ]
        listed = [
            entry["EmailAddress"]
            for entry in self.ses.list_suppressed_destinations()["SuppressedDestinationSummaries"]
            if entry["EmailAddress"].startswith("ses-warden-drill-")
        ]
        return alarms + queues + subscribed + listed

    def production(self):
        """What a drill must not touch."""
        metrics = self.cloudwatch.list_metrics(Namespace="SesWarden")["Metrics"]
        counted = [metric for metric in metrics if metric["MetricName"] in COUNTED]
        return {
            "counted": counted,
            "switched": self.console.switched(),
            "sends": [self.console.sends(), self.console.account_sends()],
            "list": [e["EmailAddress"] for e in self.ses.list_suppressed_destinations()["SuppressedDestinationSummaries"]],
        }

    def subscription(self, topic_output, endpoint):
        topic = self.stack.outputs[topic_output]
        found = self.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        return next(one for one in found if one["Endpoint"].endswith(endpoint))

    @contextlib.contextmanager
    def unsubscribed(self, topic_output, endpoint):
        one = self.subscription(topic_output, endpoint)
        kept = self.sns.get_subscription_attributes(SubscriptionArn=one["SubscriptionArn"])["Attributes"]
        self.sns.unsubscribe(SubscriptionArn=one["SubscriptionArn"])
        yield
        names = ("RawMessageDelivery", "FilterPolicy", "FilterPolicyScope", "RedrivePolicy")
        attributes = {name: kept[name] for name in names if kept.get(name)}
        self.sns.subscribe(
            TopicArn=one["TopicArn"], Protocol=one["Protocol"], Endpoint=one["Endpoint"], Attributes=attributes
        )

    @contextlib.contextmanager
    def mapping_disabled(self, function):
        mappings = self.functions.list_event_source_mappings()["EventSourceMappings"]
        [found] = [one for one in mappings if one["FunctionArn"].endswith(f"-{function}")]
        self.functions.update_event_source_mapping(UUID=found["UUID"], Enabled=False)
        yield
        self.functions.update_event_source_mapping(UUID=found["UUID"], Enabled=True)
        time.sleep(1)

    @contextlib.contextmanager
    def setting(self, function, **changed):
        name = f"ses-warden-{function}"
        known = self.functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        self.functions.update_function_configuration(FunctionName=name, Environment={"Variables": {**known, **changed}})
        yield
        self.functions.update_function_configuration(FunctionName=name, Environment={"Variables": known})

    @contextlib.contextmanager
    def ses_fails(self, operation):
        fault = {"operation": operation, "status": 403, "code": "AccessDeniedException"}
        self.aws.ses_control("PUT", "faults", {"fail": [fault]})
        yield
        self.aws.ses_control("PUT", "faults", {})


class Swallow(http.server.BaseHTTPRequestHandler):
    """Says yes to calls of CloudWatch without carrying them out, and hands others on."""

    protocol_version = "HTTP/1.1"
    only, others = "", None

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.endswith(self.only):
            self.answer(200, b"\xa0")
            return
        connection = http.client.HTTPConnection("127.0.0.1", self.others)
        connection.request("POST", self.path, body, dict(self.headers))
        answer = connection.getresponse()
        self.answer(answer.status, answer.read())
        connection.close()

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("smithy-protocol", "rpc-v2-cbor")
        self.send_header("Content-Type", "application/cbor")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def swallowing(**settings):
    handler = type("Handler", (Swallow,), settings)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextlib.contextmanager
def recorded(aws):
    """An endpoint before the local AWS, and the IAM actions of the calls that go through it."""
    actions = set()

    class Recording(handler(Wire(aws.endpoint))):
        def forward(self, body):
            actions.add(iam_action(self.command, self.path, dict(self.headers), body))
            return super().forward(body)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recording) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", actions
        server.shutdown()


def iam_action(method, path, headers, body):
    """The action that IAM checks for a call; of a batch, it is that of one of its entries."""
    headers = {name.lower(): value for name, value in headers.items()}
    service = headers["authorization"].split("Credential=")[1].split("/")[3]
    action = permissions.corrected_action(service, method, path)
    return action or extract_iam_action(service, method, path, headers, body, {}).removesuffix("Batch")


@pytest.fixture(scope="module")
def drill(aws, deploy, binaries):
    # A function that fails gives its messages back at once, so that they do not meet the next drill.
    found = Drill(aws, deploy(), binaries["ses-warden"])
    found.console.notices()
    return found


def test_every_hop_works_and_nothing_of_production_is_touched(drill):
    before = drill.production()
    began = time.monotonic()
    rows = drill.hops("--list")
    assert {row["state"] for row in rows.values()} == {"passed"}, rows
    assert time.monotonic() - began < 60
    followed = {hop: rows[hop]["seconds"] for hop in ("topic", "metric", "journal", "list", "alarm", "guard", "notice")}
    assert all(seconds is not None for seconds in followed.values()), followed
    assert (rows["send"]["region"], rows["send"]["configuration_set"]) == ("eu-central-1", SET)

    assert drill.production() == before
    assert drill.left_behind() == []
    # The operators got one notice, which nobody takes for an incident.
    [notice] = [notice for notice in drill.console.notices() if notice.attributes["action"] == "drill"]
    assert notice.subject.startswith("ses-warden drill") and "nothing is to be done" in notice.body
    # And the history says so, without an address.
    table = drill.aws.client("dynamodb").scan(TableName=drill.stack.outputs["JournalTableName"])["Items"]
    history = [item for item in table if item["pk"]["S"] == "history"]
    assert [item["reason"]["S"] for item in history] == ["drill: All 14 hops work."]
    assert [item["pk"]["S"] for item in table if item["pk"]["S"].startswith("address#")] == []


def test_a_table_says_what_was_seen(drill):
    said, _ = drill.run(*ADDRESSED, "--yes", "--no-alarm", "--wait", "60")
    lines = said.splitlines()
    assert lines[0].startswith("Drill ") and f"configuration set {SET} in eu-central-1, stack ses-warden" in lines[0]
    assert lines[-1] == "All 9 hops work."
    assert "not asked" in next(line for line in lines if line.startswith("list"))
    assert "not asked" in next(line for line in lines if line.startswith("notice"))


def test_it_asks_first_and_without_a_terminal_says_how(drill):
    sent = drill.aws.ses_control("GET", "calls").get("SendEmail", 0)
    said, complained = drill.run(*ADDRESSED, status=2)
    assert "send 5 mails" in said and "--yes" in complained
    assert "give --yes" in drill.run(*ADDRESSED, "--json", status=2)[1]
    assert drill.aws.ses_control("GET", "calls").get("SendEmail", 0) == sent


def test_a_set_that_does_not_send_breaks_the_sending(drill):
    drill.ses.put_configuration_set_sending_options(ConfigurationSetName=SET, SendingEnabled=False)
    broken, rows = drill.broken()
    drill.ses.put_configuration_set_sending_options(ConfigurationSetName=SET, SendingEnabled=True)
    assert broken == ["send"] and "paused" in rows["send"]["text"].lower()
    assert rows["topic"]["state"] == rows["metric"]["state"] == "not_reached"
    assert rows["list"]["state"] == "not_asked"


def test_a_destination_that_is_off_breaks_the_event(drill):
    [found] = drill.ses.get_configuration_set_event_destinations(ConfigurationSetName=SET)["EventDestinations"]
    definition = {
        "Enabled": False, "MatchingEventTypes": found["MatchingEventTypes"], "SnsDestination": found["SnsDestination"],
    }  # fmt: skip

    def put(enabled):
        drill.ses.update_configuration_set_event_destination(
            ConfigurationSetName=SET, EventDestinationName=found["Name"], EventDestination={**definition, "Enabled": enabled}
        )

    put(False)
    broken, rows = drill.broken()
    put(True)
    assert "event" in broken and "switched off" in rows["event"]["text"]
    assert "connect apply" in rows["event"]["advice"]
    assert not set(broken) & {"metric", "metrics-queue", "suppress-queue", "alarm"}


@pytest.mark.parametrize("function", ["metrics", "suppress"])
def test_a_missing_subscription_breaks_the_queue(drill, function):
    with drill.unsubscribed("FeedbackTopicArn", f":ses-warden-{function}"):
        broken, rows = drill.broken()
    assert broken == [f"{function}-queue"], rows
    assert "no confirmed subscription" in rows[f"{function}-queue"]["text"]
    assert rows["topic"]["state"] == "passed"


@pytest.mark.parametrize("function", ["metrics", "suppress"])
def test_a_mapping_that_is_off_breaks_the_function(drill, function):
    with drill.mapping_disabled(function):
        broken, rows = drill.broken("--list") if function == "suppress" else drill.broken()
    expected = [f"{function}-function"] + (["list"] if function == "suppress" else [])
    assert broken == expected, rows
    assert "Disabled" in rows[f"{function}-function"]["text"]
    if function == "suppress":
        # The made-up bounce waited: suppress lists its address once it runs again, and the drill said so.
        address = rows["list"]["text"].split()[0]
        assert f"ses-warden suppressions remove {address}" in rows["list"]["advice"]
        wait_until("the queue is worked off", lambda: address in drill.left_behind())
        drill.ses.delete_suppressed_destination(EmailAddress=address)


def test_a_function_that_cannot_write_its_counts_is_the_broken_hop(drill):
    """Its role allows one namespace: what it may not write becomes dead letters."""
    with drill.setting("metrics", WARDEN_NAMESPACE="Elsewhere"):
        broken, rows = drill.broken(wait=30)
    assert broken == ["metrics-function"] and "dead letters" in rows["metrics-function"]["text"]


def test_counts_that_never_show_break_the_metric(drill):
    """A CloudWatch that takes all counts and keeps none."""
    with swallowing() as endpoint, drill.setting("metrics", AWS_ENDPOINT_URL_CLOUDWATCH=endpoint):
        broken, rows = drill.broken()
    assert broken == ["metric"] and "in SesWarden within" in rows["metric"]["text"]


def test_a_journal_that_cannot_be_written_breaks_the_journal(drill):
    with drill.setting("suppress", WARDEN_JOURNAL_TABLE="no-such-table"):
        broken, rows = drill.broken("--list")
    assert broken == ["journal"], rows
    assert rows["list"]["state"] == "passed"


def test_an_alarm_that_never_fires_breaks_the_alarm(drill):
    """A CloudWatch that says yes to the drill's alarm, and has none."""
    with swallowing(only="/PutMetricAlarm", others=drill.aws.port) as endpoint:
        broken, rows = drill.broken(AWS_ENDPOINT_URL_CLOUDWATCH=endpoint)
    assert broken == ["alarm"] and "gone" in rows["alarm"]["text"]


def test_an_alarm_topic_that_does_not_reach_guard_breaks_guard(drill):
    with drill.unsubscribed("AlarmTopicArn", ":ses-warden-guard"):
        broken, rows = drill.broken()
    assert broken == ["guard"] and "no confirmed subscription" in rows["guard"]["text"]
    assert rows["alarm-topic"]["state"] == "passed" and rows["notice"]["state"] == "not_reached"


def test_operators_whom_nobody_hears_break_the_notice(drill):
    topic = drill.stack.outputs["OperatorTopicArn"]
    found = drill.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert len(found) == 1
    with drill.unsubscribed("OperatorTopicArn", found[0]["Endpoint"]):
        broken, rows = drill.broken(wait=60)
    assert broken == ["notice"] and "nobody" in rows["notice"]["text"]


def test_what_a_killed_drill_leaves_is_removed(drill):
    child = drill.start(*ADDRESSED, "--yes", "--wait", "60")
    wait_until("the drill has made its alarm", lambda: any(a.startswith("ses-warden/drill/") for a in drill.left_behind()))
    child.kill()
    child.communicate()
    assert drill.left_behind()
    assert "1 earlier drill" in drill.run("--clean")[0]
    assert drill.left_behind() == []


def test_the_policy_allows_what_is_called_and_nothing_else(drill):
    """An IAM user with the policy of the docs plays a whole drill, and calls each action that it allows."""
    policy = json.loads((paths.ROOT / "docs" / "drill-policy.json").read_text())
    allowed = {action for statement in policy["Statement"] for action in statement["Action"]}
    iam = drill.aws.client("iam")
    iam.create_user(UserName="drill")
    iam.put_user_policy(UserName="drill", PolicyName="drill", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName="drill")["AccessKey"]
    before = drill.aws.ses_control("GET", "calls")
    with recorded(drill.aws) as (endpoint, called):
        as_user = {
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"], "AWS_ENDPOINT_URL": endpoint,
        }  # fmt: skip
        rows = drill.hops("--list", **as_user)
    assert {row["state"] for row in rows.values()} == {"passed"}, rows
    after = drill.aws.ses_control("GET", "calls")
    # local-ses counts the calls to itself. What suppress and guard call meanwhile is theirs.
    theirs = {"PutSuppressedDestination", "GetAccount"}
    called |= {f"ses:{name}" for name, count in after.items() if count > before.get(name, 0) and name not in theirs}
    # Everybody may ask who they are.
    assert called - {"sts:GetCallerIdentity"} == allowed


def test_a_list_that_takes_no_entry_breaks_the_list(drill):
    with drill.ses_fails("PutSuppressedDestination"):
        broken, _ = drill.broken("--list")
    assert broken == ["list"]


def test_topics_that_are_gone_are_the_broken_hops(drill):
    """The last test of this module, because nothing makes the topics again."""
    drill.sns.delete_topic(TopicArn=drill.stack.outputs["AlarmTopicArn"])
    broken, rows = drill.broken()
    assert broken == ["alarm-topic"] and "no alarm topic" in rows["alarm-topic"]["text"]
    drill.sns.delete_topic(TopicArn=drill.stack.outputs["FeedbackTopicArn"])
    broken, rows = drill.broken("--no-alarm")
    assert broken == ["topic"] and rows["event"]["state"] == "passed"
    assert "there is no topic" in rows["topic"]["text"]
