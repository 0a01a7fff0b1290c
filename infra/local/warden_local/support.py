"""The support desk of the story: what ses-warden knows of three addresses, after the run."""

import json
from dataclasses import dataclass
from pathlib import Path

from warden_local.cast import NEWS
from warden_local.command import CALLS_PER_SECOND, ses_warden
from warden_local.local_aws import LocalAws
from warden_local.waiting import wait_until

# An address that no mail of the story goes to: its two bounces are published by hand, three days
# apart, with a text that neither a rule nor the second reader knows.
ODD = "odd@bigmail.example.net"
TEXT = "smtp; 550 grmblfx wuppdi"
DAYS = ("2026-10-06", "2026-10-09")


@dataclass
class Answer:
    """What ``ses-warden why`` says about one address, as text and as JSON."""

    title: str
    address: str
    text: str
    known: dict

    @property
    def reasons(self) -> list[str]:
        return [decision["reason"] for decision in self.known["decisions"]]


def bounce(number: int) -> dict:
    """Returns a permanent bounce of the odd address, on the given one of its days."""
    day = DAYS[number]
    return {
        "eventType": "Bounce",
        "mail": {
            "timestamp": f"{day}T07:14:02.118Z",
            "messageId": f"odd-{number}",
            "source": NEWS.address,
            "destination": [ODD],
            "tags": {"ses:from-domain": [NEWS.domain], "ses:configuration-set": [NEWS.configuration_set]},
        },
        "bounce": {
            "feedbackId": f"odd-bounce-{number}",
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [{"emailAddress": ODD, "action": "failed", "diagnosticCode": TEXT}],
            "timestamp": f"{day}T07:14:04.777Z",
        },
    }


class Desk:
    """Somebody who answers customers, with the operator's command."""

    def __init__(self, aws: LocalAws, command: Path) -> None:
        self.aws, self.command = aws, command

    def ask(self, title: str, address: str) -> Answer:
        return Answer(title, address, self.why(address), json.loads(self.why(address, "--json")))

    def why(self, address: str, *more: str) -> str:
        return ses_warden(self.aws, self.command, "why", address, "--ses-calls-per-second", CALLS_PER_SECOND, *more)

    def bounce_twice(self) -> None:
        """Publishes the two bounces, the second one when the first is decided."""
        for number in range(len(DAYS)):
            body = {"configuration_set": NEWS.configuration_set, "text": json.dumps(bounce(number))}
            self.aws.ses_control("POST", "publish", body)
            wait_until(f"bounce {number + 1} of {ODD} is decided", lambda n=number: self.decisions() > n)
        wait_until(f"{ODD} is on the list", lambda: json.loads(self.why(ODD, "--json"))["next_mail"] == "withheld")

    def decisions(self) -> int:
        return len(json.loads(self.why(ODD, "--json"))["decisions"])


def broken(answers: list[Answer]) -> list[str]:
    """Returns what the answers do not say, although they must."""
    suppressed, kept, odd = answers
    found = []
    if suppressed.known["next_mail"] != "withheld" or "BOUNCE" not in suppressed.reasons:
        found.append(f"why {suppressed.address} does not say that it is suppressed for a bounce.")
    if any(decision["verdict"] != "keep" for decision in kept.known["decisions"]) or not kept.reasons:
        found.append(f"why {kept.address} does not say why it was kept.")
    if odd.reasons != ["BOUNCE", "first_strike"]:
        found.append(f"why {odd.address} does not show its two strikes: {odd.reasons}.")
    return found
