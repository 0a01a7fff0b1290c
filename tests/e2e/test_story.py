"""The whole story, for each scope. The expected results are written by hand."""

import html
import io
import json
import re
from collections import Counter

import pytest
from rich.console import Console

from warden_local import report
from warden_local.__main__ import finish
from warden_local.screen import Screen
from warden_local.stack import STACK
from warden_local.story import SCOPES, Story
from warden_local.support import ODD

# The expected result of mail to each domain, by hand from the README's policy.
SUPPRESSED = {
    "closed.example.net": "BOUNCE",
    "inactive.example.net": "BOUNCE",
    "nodomain.example.net": "BOUNCE",
    "nameless.example.net": "BOUNCE",
    "blocked.example.net": "BOUNCE",
    "twice.example.net": "BOUNCE",
    "annoyed.example.com": "COMPLAINT",
    "silent.example.com": "COMPLAINT",
}
KEPT = {
    "strict.example.com": "sender_authentication",
    "picky.example.com": "sender_reputation",
    "away.example.com": "auto_reply",
    "full.example.com": "mailbox_full",
    "happy.example.com": "not_spam",
}
COUNTS = {
    "configuration-set": {
        "shop.example.com": {"Send": 902, "Delivery": 895, "BounceHard": 6, "BounceEcho": 1},
        "news.example.org": {
            "Send": 210, "Delivery": 174, "BounceHard": 35, "BounceSoft": 2, "Complaint": 3, "RescueCandidate": 4,
        },
    },
    "account": {
        "shop.example.com": {"Send": 151, "Delivery": 149, "BounceHard": 1, "BounceEcho": 1},
        "news.example.org": {
            "Send": 210, "Delivery": 174, "BounceHard": 35, "BounceSoft": 2, "Complaint": 3, "RescueCandidate": 4,
        },
    },
}
# The same mail is sent, whichever alarms stop it.
COUNTS["domain"] = COUNTS["configuration-set"]
# Beside these: the two set-up notices, the malformed record, the bounce in the
# identity-level format, the duplicate and the report that mail is not spam.
FURTHER_EVENTS = 2 + 1 + 1 + 1 + 1
PAUSED = {
    "configuration-set": ("configuration-set", "marketing", "ses-warden/configuration-set/marketing/bounce/critical"),
    "account": ("account", "all", "ses-warden/account/all/bounce/critical"),
    "domain": ("configuration-set", "marketing", "ses-warden/domain/news.example.org/bounce/critical"),
}
ALARMS = {
    "configuration-set": {
        "ses-warden/configuration-set/marketing/bounce/warn",
        "ses-warden/configuration-set/marketing/bounce/critical",
        "ses-warden/configuration-set/marketing/complaint/warn",
        "ses-warden/configuration-set/marketing/complaint/critical",
        "ses-warden/account/all/complaint/warn",
    },
    "account": {
        "ses-warden/account/all/bounce/warn",
        "ses-warden/account/all/bounce/critical",
        "ses-warden/account/all/complaint/warn",
        "ses-warden/account/all/complaint/critical",
    },
    # Three complaints are too few to prove anything.
    "domain": {
        "ses-warden/domain/news.example.org/bounce/warn",
        "ses-warden/domain/news.example.org/bounce/slow/warn",
        "ses-warden/domain/news.example.org/bounce/critical",
        "ses-warden/domain/news.example.org/bounce/slow/critical",
    },
}


@pytest.fixture(scope="module", params=SCOPES)
def result(request, aws, deploy, binaries):
    stack = deploy(connected=False)
    return Story(aws, stack, Screen(quiet=True), request.param, binaries["ses-warden"]).play()


@pytest.fixture(scope="module")
def seen(result):
    """Returns the addresses of all bounces and complaints, as local-ses recorded them."""
    feedback = [entry for entry in result.observer.ledger if entry["event_type"] in ("Bounce", "Complaint")]
    return {address for entry in feedback for address in entry["recipients"]}


def domain_of(address):
    return address.partition("@")[2]


def test_the_story_meets_its_expectations(result):
    assert result.failures == []


def test_the_summary_has_exactly_these_members(result):
    assert list(result.summary) == [
        "suppressed",
        "domains",
        "paused",
        "refused_after_pause",
        "other_domain_still_sends",
        "spared",
        "operator_notices",
        "events_published",
        "lost",
    ]
    json.dumps(result.summary)


def test_addresses_at_fault_are_on_the_list_and_no_others(result, seen):
    expected = {address: SUPPRESSED[domain_of(address)] for address in seen if domain_of(address) in SUPPRESSED}
    listed = result.observer.ses.list_suppressed_destinations(PageSize=1000)["SuppressedDestinationSummaries"]
    # The last one is put there for the support desk, when all is counted.
    assert {entry["EmailAddress"]: entry["Reason"] for entry in listed} == {**expected, ODD: "BOUNCE"}
    assert result.summary["suppressed"] == sorted(expected)
    assert {domain_of(address) for address in expected} == set(SUPPRESSED)


def test_addresses_not_at_fault_are_kept_with_the_reason(result, seen):
    expected = {(address, KEPT[domain_of(address)]) for address in seen if domain_of(address) in KEPT}
    assert {(entry["address"], entry["fault"]) for entry in result.summary["spared"]} == expected
    assert {domain_of(address) for address, _ in expected} == set(KEPT)


def test_every_domain_is_counted_once(result):
    assert result.summary["domains"] == {d: dict(sorted(c.items())) for d, c in COUNTS[result.scope].items()}


def test_no_event_is_lost(result):
    # A candidate for rescue is a hard bounce as well.
    events = [n for counts in COUNTS[result.scope].values() for name, n in counts.items() if name != "RescueCandidate"]
    counted = sum(events)
    assert result.summary["events_published"] == counted + FURTHER_EVENTS
    assert result.summary["lost"] == 0
    for account in result.accounts.values():
        assert account.acted + account.ignored + account.dead == account.expected
        assert account.dead == 1


def test_guard_pauses_the_scope_and_says_why(result):
    scope, name, alarm = PAUSED[result.scope]
    paused = result.summary["paused"]
    assert (paused["scope"], paused["name"]) == (scope, name)
    assert paused["reason"].startswith(f"{alarm}: Threshold Crossed")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", paused["at"])


def test_mail_of_the_paused_set_is_refused(result):
    assert result.summary["refused_after_pause"] is True


def test_the_other_domain_goes_on_unless_the_account_is_paused(result):
    assert result.summary["other_domain_still_sends"] is (result.scope != "account")


def test_one_pause_is_made_and_nothing_is_resumed(result, aws):
    calls = Counter(call["operation"] for call in aws.ses_control("GET", "call-log"))
    account = result.scope == "account"
    assert calls["PutAccountSendingAttributes"] == (1 if account else 0)
    assert calls["PutConfigurationSetSendingOptions"] == (0 if account else 1)


def test_operators_hear_once_of_each_alarm(result):
    assert sorted(result.observer.notified_alarms()) == sorted(ALARMS[result.scope])


def test_alarms_of_one_thing_share_one_notice(result):
    notices = [notice for notice in result.observer.seen.notices if notice.is_by_guard]
    assert result.summary["operator_notices"] == len(notices) <= len(ALARMS[result.scope])
    for notice in notices:
        assert notice.alarms[0] == notice.attributes["alarm"]
        assert len({"/".join(name.split("/")[:3]) for name in notice.alarms}) == 1
    [pause] = [notice for notice in notices if notice.reports_a_pause]
    assert PAUSED[result.scope][2] in pause.alarms


@pytest.fixture(scope="module")
def finished(result, tmp_path_factory):
    """Returns the folder of a run and the text printed at its end."""
    folder, screen = tmp_path_factory.mktemp("run"), Screen()
    screen.console = Console(file=io.StringIO(), width=80, highlight=False)
    finish(result, folder, screen)
    return folder, screen.console.file.getvalue()


def test_every_notice_can_be_read_on_the_page_and_as_a_file(result, finished):
    folder, printed = finished
    received = [notice for notice in result.observer.seen.notices if notice.is_by_guard]
    files = sorted((folder / "notices").iterdir())
    assert sorted(file.read_text() for file in files) == sorted(notice.body for notice in received)
    assert files[0].name == f"1-{result.pause_notice.attributes['action']}.txt"
    assert [file for file in files if f"notices/{file.name}\n" not in printed] == []
    page = (folder / "report.html").read_text()
    assert page.count('<details class="thing"') == len(received)
    [leading] = re.findall(r'<details class="thing" open><summary><b>([^<]*)</b> <span[^>]*>\d\d:\d\d:\d\d<', page)
    assert html.unescape(leading) == result.pause_notice.subject
    commands = [line.strip() for line in result.pause_notice.body.splitlines() if line.strip().startswith("aws ")]
    assert commands
    assert [command for command in commands if f'data-copy="{html.escape(command)}"' not in page] == []


def test_commands_of_the_notice_stay_whole_on_a_narrow_terminal(result, finished):
    commands = [line for line in result.pause_notice.body.splitlines() if "aws " in line]
    assert [line for line in commands if f"{line}\n" not in finished[1]] == []
    assert any(len(line) > 80 for line in commands)


def test_the_outcome_says_what_is_paused(result, finished):
    what = "the account" if result.scope == "account" else "marketing"
    assert re.search(rf"paused +│ {what} +│", finished[1])


def test_the_report_needs_nothing_from_elsewhere(result, tmp_path):
    page = tmp_path / "report.html"
    report.write(result, page)
    text = page.read_text()
    assert "default-src 'none'" in text
    # Of the copy buttons.
    assert re.findall(r"<script[^>]*>", text) == ["<script>"]
    assert not re.search(r'(?:src|href)="(?!#)|@import|url\((?!#)', text)
    assert text.count("<svg") == 2
    for address in result.summary["suppressed"]:
        assert address in text


def test_the_support_desk_learns_why(result, finished):
    suppressed, kept, odd = result.answers
    assert suppressed.known["next_mail"] == odd.known["next_mail"] == "withheld"
    assert suppressed.reasons == ["BOUNCE"]
    assert set(kept.reasons) == {"sender_at_fault"}
    assert odd.reasons == ["BOUNCE", "first_strike"]
    page = (finished[0] / "report.html").read_text()
    for answer in result.answers:
        assert answer.text.startswith(f"{answer.address}\n")
        assert f'data-copy="ses-warden why {answer.address}"' in page


def test_a_run_ends_with_its_pages(finished):
    folder, printed = finished
    assert {"report.html", "notices", "summary.json"} == {file.name for file in folder.iterdir()}
    for name, file in (("report", "report.html"), ("summary", "summary.json")):
        assert re.search(rf"^{name} +\S*{file}$", printed, re.MULTILINE)


def test_the_deployed_dashboard_asks_for_what_the_functions_wrote(result):
    cloudwatch = result.observer.aws.client("cloudwatch")
    body = json.loads(cloudwatch.get_dashboard(DashboardName=STACK)["DashboardBody"])
    written = {}
    for page in cloudwatch.get_paginator("list_metrics").paginate(Namespace="SesWarden"):
        for metric in page["Metrics"]:
            names = tuple(sorted(dimension["Name"] for dimension in metric["Dimensions"]))
            written.setdefault(metric["MetricName"], set()).add(names)
    asked = set()
    for widget in body["widgets"]:
        for line in widget["properties"].get("metrics", []):
            if isinstance(line[0], dict):
                searched = re.findall(r"SEARCH\('\{SesWarden,([\w,]+)\} MetricName=\"(\w+)\"", line[0]["expression"])
                asked |= {(name, tuple(sorted(dimensions.split(",")))) for dimensions, name in searched}
            elif line[0] == "SesWarden":
                plain = [part for part in line if isinstance(part, str)]
                asked.add((plain[1], tuple(sorted(plain[2::2]))))
    # The functions do not write series for what does not happen in the story, and series by provider
    # need MetricSet=full.
    asked = {(name, dimensions) for name, dimensions in asked if name in written and "Provider" not in dimensions}
    unknown = {(name, dimensions) for name, dimensions in asked if dimensions not in written[name]}
    assert not unknown, "the functions write these metrics under other dimensions"
    for metric in ("Send", "BounceHard", "Complaint"):
        assert {(metric, ("Domain",)), (metric, ())} <= asked
        assert {("Domain",), ("ConfigurationSet", "Domain"), ()} <= written[metric]
