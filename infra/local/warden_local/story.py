"""The story: two sending domains, a purchased list, and how ses-warden reacts."""

import json
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from rich.markup import escape

from warden_local import accounting, expectations
from warden_local.cast import MAILBOXES, NEWS, SENDERS, SHOP, Letter, Script
from warden_local.command import SILENT, connect
from warden_local.local_aws import LocalAws
from warden_local.observer import Observer
from warden_local.result import Result
from warden_local.screen import Screen, percent
from warden_local.seen import Notice
from warden_local.sending import refusal, send_all
from warden_local.stack import Stack
from warden_local.support import ODD, Desk, broken
from warden_local.waiting import wait_until

# Whose alarms go into ALARM: those of the set on SES's own rates, of the account, or of the
# sender's domain on the counts of metrics.
SCOPES = ("configuration-set", "account", "domain")
# So that the curve of a wave can be seen.
BETWEEN_WAVES_SECONDS = 0.4
# What connect creates: its own word, and the text shown.
MADE = {
    "destination": "event destinations",
    "reputation-metrics": "sets with reputation metrics",
    "alarm": "alarms",
}
HEALTHY_PARTS = 6
OUT_OF_TIME_SECONDS = 30


def of_sets(scope: str) -> tuple[str, ...]:
    """Returns the options that connect the sets: their alarms matter only if the scope is the set."""
    return () if scope == "configuration-set" else SILENT


class Story:
    """Runs the story once."""

    def __init__(self, aws: LocalAws, stack: Stack, screen: Screen, scope: str, command: Path) -> None:
        self.aws, self.stack, self.screen, self.scope, self.command = aws, stack, screen, scope, command
        self.script = Script(scope)
        self.ses = aws.client("sesv2")
        self.observer = Observer(aws, stack, screen)
        # What was sent, and what was published by hand, for the expectations.
        self.sent: list[Letter] = []
        self.raw: list[str] = []
        self.refused: dict[str, str | None] = {}
        self.dead: dict[str, list[str]] = {}
        for domain, mailbox in MAILBOXES.items():
            aws.ses_control("PUT", f"domains/{domain}", mailbox.plan())

    def play(self) -> Result:
        self.connect()
        self.healthy_mail()
        self.purchased_list()
        self.the_pause()
        self.after_the_pause()
        result = self.result()
        self.support_desk(result)
        return result

    # ------------------------------------------------------------------ phases

    def connect(self) -> None:
        sets = ", ".join(sender.configuration_set for sender in SENDERS)
        self.screen.phase(1, "Connecting", f"ses-warden connect apply: {sets} publish their events and get alarms.")
        self.apply("--no-domains")

    def healthy_mail(self) -> None:
        self.screen.phase(2, "Healthy mail", f"{SHOP.domain} mails its customers, {NEWS.domain} its readers.")
        letters = self.script.healthy
        for part in range(HEALTHY_PARTS):
            self.send(letters[part::HEALTHY_PARTS])
            self.observer.read()
            self.observer.sample()
        self.wait_until_handled()
        self.observer.sample(show=True)
        self.publish_reputation()
        self.observer.read()

    def purchased_list(self) -> None:
        count = sum(map(len, self.script.purchased))
        self.screen.phase(3, "A purchased list", f"{NEWS.domain} mails {count} addresses that it has bought.")
        self.publish_malformed()
        for number, wave in enumerate(self.script.purchased):
            ids = self.send(wave)
            if number == 0:
                self.repeat_in_identity_format(ids)
            if number == 2:
                self.mail_a_suppressed_customer()
            self.pause_between_waves()
        self.wait_until_handled()
        self.observer.sample(show=True)

    def the_pause(self) -> None:
        if self.scope == "domain":
            self.screen.phase(4, "The pause", "Each domain gets its alarms, CloudWatch compares our counts, guard acts.")
            # CloudWatch evaluates the alarms as soon as they exist.
            self.apply()
            self.observer.sample()
        else:
            self.screen.phase(4, "The pause", "SES publishes its reputation metrics, CloudWatch compares, guard acts.")
            self.publish_reputation()
        self.wait("guard has paused", lambda: self.observer.seen.paused)
        self.wait("operators are notified of every alarm", self.are_all_notified)

    def after_the_pause(self) -> None:
        self.screen.phase(5, "After the pause", "Both domains send once more.")
        for letter in self.script.after_the_pause:
            code = refusal(self.ses, letter)
            self.refused[letter.sender.domain] = code
            if code:
                self.screen.event("refused", f"{letter.sender.domain}: SendEmail answers [bold]{code}[/]")
            else:
                self.sent.append(letter)
                self.screen.event("accepted", f"{letter.sender.domain} goes on sending")
        self.screen.event("wait", "until the queues are empty and the malformed record is in the dead-letter queues")
        self.wait("the queues are drained", self.observer.is_drained)
        self.dead = {
            "suppress": accounting.dead_letters(self.aws, self.stack.outputs["SuppressDeadLetterQueueUrl"]),
            "metrics": accounting.dead_letters(self.aws, self.stack.outputs["MetricsDeadLetterQueueUrl"]),
            "guard": accounting.dead_letters(self.aws, self.stack.outputs["GuardDeadLetterQueueUrl"]),
        }
        for function, bodies in self.dead.items():
            for body in bodies:
                self.screen.event("dead letter", f"of {function}: {escape(body.strip())}")
        self.observer.sample(show=True)

    def support_desk(self, result: Result) -> None:
        """Asks about three addresses. The accounting is closed before, so it does not include this."""
        self.screen.phase(6, "The support desk", "ses-warden why: a suppressed address, a kept one, and a doubtful one.")
        desk = Desk(self.aws, self.command)
        suppressed = next(a for a, entry in sorted(self.observer.seen.suppressed.items()) if entry["Reason"] == "BOUNCE")
        kept = next(address for address, fault in sorted(self.observer.seen.kept) if fault.startswith("sender_"))
        self.screen.event("published", f"two bounces of {ODD}, three days apart, with a text that nobody knows")
        desk.bounce_twice()
        result.answers = [
            desk.ask("A suppressed address", suppressed),
            desk.ask("An address that was kept", kept),
            desk.ask("An address that bounced twice", ODD),
        ]
        for answer in result.answers:
            self.screen.letter(f"{answer.title}: ses-warden why {answer.address}", answer.text)
        result.failures += broken(result.answers)

    # ------------------------------------------------------------------- steps

    def send(self, letters: list[Letter]) -> dict[str, Letter]:
        ids = send_all(self.ses, letters)
        self.sent += letters
        by_sender = Counter(letter.sender.domain for letter in letters)
        text = ", ".join(f"{count} mail{'' if count == 1 else 's'} by {domain}" for domain, count in by_sender.items())
        self.screen.event("sent", text)
        return ids

    def publish(self, text: str) -> None:
        self.raw.append(text)
        body = {"configuration_set": NEWS.configuration_set, "text": text}
        self.aws.ses_control("POST", "publish", body)

    def publish_malformed(self) -> None:
        """Publishes a malformed bounce, which the functions give back until it is a dead letter."""
        event = {"eventType": "Bounce", "mail": {"messageId": "malformed-0001"}, "bounce": "not an object"}
        self.publish(json.dumps(event) + "\n")
        self.screen.event("published", "one malformed record, which no function can act on")

    def repeat_in_identity_format(self, ids: dict[str, Letter]) -> None:
        """Publishes the same bounce as an identity notification, as when both formats are configured."""
        chosen = self.script.both_formats
        message_id = next(key for key, letter in ids.items() if letter == chosen)

        def bounced() -> dict | None:
            entries = self.observer.read_ledger()
            return next((e for e in entries if e["message_id"] == message_id and e["event_type"] == "Bounce"), None)

        entry = wait_until("the bounce is published", bounced)
        notification = {
            "notificationType": "Bounce",
            "bounce": {
                "feedbackId": entry["feedback_id"],
                "bounceType": "Permanent",
                "bounceSubType": "General",
                "bouncedRecipients": [{"emailAddress": chosen.recipient, "action": "failed", "status": "5.1.1"}],
                "timestamp": entry["at"],
            },
            "mail": {
                "timestamp": entry["at"],
                "source": NEWS.address,
                "messageId": message_id,
                "destination": [chosen.recipient],
            },
        }
        self.publish(json.dumps(notification) + "\n")
        self.screen.event("published", f"the bounce of {chosen.recipient} again, in the identity-level format")

    def mail_a_suppressed_customer(self) -> None:
        recipient = self.script.echo.recipient
        self.wait(f"{recipient} is on the list", lambda: recipient in self.observer.seen.suppressed)
        self.send([self.script.echo])

    def publish_reputation(self) -> None:
        for rates in self.aws.ses_control("POST", "reputation")["published"]:
            name = rates["configuration_set"] or "account"
            text = f"{percent(rates['bounce_rate'])} bounces, {percent(rates['complaint_rate'])} complaints"
            self.screen.event("published", f"AWS/SES reputation of {name}: {text}")
        self.observer.sample()

    def apply(self, *arguments: str) -> None:
        """Connects the sets and domains that exist by now."""
        done = connect(self.aws, self.command, *of_sets(self.scope), *arguments)
        made = Counter(step["kind"] for step in done["steps"] if step["step"] == "create")
        text = [f"{made[kind]} {words}" for kind, words in MADE.items() if made[kind]]
        self.screen.event("connected", ", ".join(text) or "nothing new")

    def pause_between_waves(self) -> None:
        time.sleep(BETWEEN_WAVES_SECONDS)
        self.observer.read()
        self.observer.sample(show=True)

    def wait_until_handled(self) -> None:
        """Waits until everything sent so far is counted and handled."""
        counts = expectations.counts(self.sent, self.script.echo)
        expected = sum(sum(metrics.values()) for metrics in counts.values())

        def counted() -> bool:
            self.observer.read()
            counts = self.observer.sample().counts
            return sum(value for metrics in counts.values() for value in metrics.values()) >= expected

        self.wait("what was sent is counted", counted)
        addresses = set(expectations.suppressed(self.sent))
        self.wait("the addresses are on the list", lambda: addresses <= set(self.observer.seen.suppressed))

    def wait(self, what: str, condition: Callable[[], object]) -> None:
        """Waits for a condition; updates the observer before each check."""
        wait_until(what, lambda: self.observer.read() and condition())

    def are_all_notified(self) -> bool:
        return set(self.observer.notified_alarms()) >= set(self.observer.open_alarms())

    # ------------------------------------------------------------------ result

    def result(self) -> Result:
        accounts = self.accounts()
        seen = self.observer.seen
        ledger = self.observer.ledger
        pause = next((notice for notice in seen.notices if notice.reports_a_pause), None)
        paused = seen.paused and {
            "scope": seen.paused["scope"],
            "name": seen.paused["name"],
            "at": self.paused_at(),
            "reason": self.reason(pause),
        }
        summary = {
            "suppressed": sorted(seen.suppressed),
            "domains": {domain: dict(sorted(counts.items())) for domain, counts in seen.samples[-1].counts.items()},
            "paused": paused,
            "refused_after_pause": self.refused[NEWS.domain] == "SendingPausedException",
            "other_domain_still_sends": self.refused[SHOP.domain] is None,
            "spared": [{"address": address, "fault": fault} for address, fault in sorted(seen.kept)],
            "operator_notices": sum(notice.is_by_guard for notice in seen.notices),
            "events_published": len(ledger),
            "lost": sum(account.lost for account in accounts.values()),
        }
        result = Result(
            scope=self.scope,
            summary=summary,
            observer=self.observer,
            accounts=accounts,
            dead=self.dead,
            refused=self.refused,
            pause_notice=pause,
            paused_at_seconds=seen.paused and seen.paused["seen"],
            published=Counter(entry["event_type"] for entry in ledger),
        )
        result.failures = expectations.failed(result, self.sent, self.script.echo)
        return result

    def accounts(self) -> dict[str, accounting.Account]:
        """Returns the balance. Waits for log lines that arrive shortly after their answer."""
        deadline = time.monotonic() + OUT_OF_TIME_SECONDS
        while True:
            self.observer.read()
            accounts = accounting.balance(self.observer.read_ledger(), self.raw, self.observer.logs, self.dead)
            if not any(account.lost for account in accounts.values()) or time.monotonic() > deadline:
                return accounts
            time.sleep(0.2)

    def paused_at(self) -> str | None:
        """Returns when SES answered the call that paused."""
        names = ("PutConfigurationSetSendingOptions", "PutAccountSendingAttributes")
        calls = self.aws.ses_control("GET", "call-log")
        return next((call["at"] for call in calls if call["operation"] in names), None)

    def reason(self, pause: Notice | None) -> str | None:
        if pause is None:
            return None
        alarm = self.observer.seen.alarms[pause.attributes["alarm"]]
        return f"{alarm['AlarmName']}: {alarm['StateReason']}"
