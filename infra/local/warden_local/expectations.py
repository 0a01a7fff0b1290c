"""The expected results of the story, computed from what was sent, and which of them failed."""

from collections import Counter
from collections.abc import Iterable

from warden_local.cast import NEWS, SENDERS, SHOP, Letter
from warden_local.result import Result

REFUSED = "SendingPausedException"


def counts(sent: Iterable[Letter], echo: Letter) -> dict[str, dict[str, int]]:
    """Returns the expected counts of each domain. For mail to a listed address SES only repeats the suppression."""
    found: dict[str, Counter] = {sender.domain: Counter() for sender in SENDERS}
    for letter in sent:
        found[letter.sender.domain].update({"Send": 1})
        found[letter.sender.domain].update({"BounceEcho": 1} if letter == echo else letter.mailbox.counts)
    return {domain: dict(sorted(metrics.items())) for domain, metrics in found.items()}


def suppressed(sent: Iterable[Letter]) -> dict[str, str]:
    """Returns the addresses that must be on the list, with their reasons."""
    return {letter.recipient: letter.mailbox.suppressed for letter in sent if letter.mailbox.suppressed}


def kept(sent: Iterable[Letter]) -> set[tuple[str, str]]:
    """Returns the addresses that must not be suppressed, with the code of the reason."""
    return {(letter.recipient, letter.mailbox.kept) for letter in sent if letter.mailbox.kept}


def failed(result: Result, sent: list[Letter], echo: Letter) -> list[str]:
    """Returns the expectations that failed."""
    summary, observer = result.summary, result.observer
    of_set = result.scope != "account"
    paused = summary["paused"] or {"scope": None, "name": None}
    target = ("configuration-set", NEWS.configuration_set) if of_set else ("account", "all")
    listed = {address: entry["Reason"] for address, entry in observer.seen.suppressed.items()}
    numbers = counts(sent, echo)
    notice = result.pause_notice.body if result.pause_notice else ""
    dead = {function: len(bodies) for function, bodies in result.dead.items()}
    checks = {
        "the list holds the addresses at fault, each for its reason, and no others": listed == suppressed(sent),
        "the other addresses are not suppressed, each with its fault": set(observer.seen.kept) == kept(sent),
        "CloudWatch has the counts of both domains": summary["domains"] == numbers,
        f"guard pauses {' '.join(target)}": (paused["scope"], paused["name"]) == target,
        f"{NEWS.domain} is refused with {REFUSED}": result.refused[NEWS.domain] == REFUSED,
        f"{SHOP.domain} {'goes on sending' if of_set else 'is refused too'}": result.refused[SHOP.domain]
        == (None if of_set else REFUSED),
        "operators are notified once of each alarm": sorted(observer.notified_alarms()) == sorted(observer.open_alarms()),
        f"the notice of the pause has the numbers of {NEWS.domain}": NEWS.domain in notice
        and f"{numbers[NEWS.domain]['Send']} " in notice,
        "SNS takes every event": not observer.aws.ses_control("GET", "unpublished"),
        "no event is lost": summary["lost"] == 0,
        "only the malformed record is a dead letter": dead == {"suppress": 1, "metrics": 1, "guard": 0},
        "no function logs an error": not any(log.errors for log in observer.logs.logs.values()),
    }
    return [name for name, holds in checks.items() if not holds]
