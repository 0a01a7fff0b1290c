"""What is sent in a campaign, and what each letter must lead to.

The recipient's domain decides what its mailbox does, so that the ledger follows from what was sent
and from no line of the product.
"""

from dataclasses import dataclass, field

from warden_local.cast import (
    ABUSE, AWAY, CLOSED, FULL, GLOBAL_LIST, INACTIVE, INBOX, MAILBOXES, NEWS, NO_DMARC, NO_REPORT, NOT_SPAM, REPUTATION,
    SENDERS, SHOP, Mailbox, Sender, bounce,
)  # fmt: skip

from plan import Plan

# Nothing comes back from here but the Send event, so that volume is cheap.
QUIET = "quiet.example.net"
# A reply that no rule and no second reader knows: kept, and a strike.
RIDDLE = "riddle.example.net"
MORE_MAILBOXES = {
    QUIET: Mailbox({"outcome": "none"}, {}),
    RIDDLE: Mailbox(bounce(diagnosticCode="smtp; 550 grmblfx wuppdi hrrm"), {"BounceHard": 1}, kept="unknown"),
}
MOST_RECIPIENTS = 50
# Poison: bodies that claim to be feedback and cannot be read end as dead letters.
BROKEN = (
    '{"eventType":"Bounce","mail":{"messageId":"poison-1","destination":[',
    '{"eventType":"Bounce","mail":{"messageId":"poison-2","destination":[]}}',
    '{"notificationType":"Complaint","complaint":{"complainedRecipients":"nobody"}}',
)
# Bodies that claim nothing are ignored and counted.
HARMLESS = ("a person's test text", '{"hello": "world"}', '{"Type":"Notification","Message":"not ours"}')


@dataclass(frozen=True)
class Mail:
    """One message to one or more recipients."""

    sender: Sender
    recipients: tuple[str, ...]


@dataclass
class Story:
    """Everything that is sent."""

    mails: list[Mail]
    # Recipients that also complain, by an event made from another one: the complaint must win.
    complains_too: list[str] = field(default_factory=list)

    def recipients(self) -> list[tuple[Sender, str]]:
        return [(mail.sender, recipient) for mail in self.mails for recipient in mail.recipients]


def mailbox_of(recipient: str) -> Mailbox:
    domain = recipient.partition("@")[2]
    return MORE_MAILBOXES.get(domain) or MAILBOXES[domain]


def mailboxes() -> dict[str, Mailbox]:
    return {**MAILBOXES, **MORE_MAILBOXES}


def story_of(plan: Plan) -> Story:
    """Returns about forty messages: a healthy shop, and news to a list that is bad or not."""
    count = 0

    def people(domain: str, number: int) -> tuple[str, ...]:
        nonlocal count
        count += number
        return tuple(f"person-{plan.seed}-{n}@{domain}" for n in range(count - number, count))

    mails = [Mail(SHOP, people(QUIET, MOST_RECIPIENTS)) for _ in range(4)]
    mails += [Mail(SHOP, (person,)) for domain in (CLOSED, INBOX, ABUSE, FULL, AWAY, GLOBAL_LIST, RIDDLE) for person in people(domain, 1)]
    candidates = [person for domain in (NO_DMARC, NO_DMARC, REPUTATION) for person in people(domain, 1)]
    mails += [Mail(SHOP, (person,)) for person in candidates]
    # A good list has so few bounces that they are too few for a pause even when some count twice.
    mails += [Mail(NEWS, people(CLOSED, 9 if plan.is_bad else 0) + people(QUIET, 36)) for _ in range(3)]
    mails += [Mail(NEWS, (person,)) for domain in (INACTIVE, INBOX, NO_REPORT, NOT_SPAM) for person in people(domain, 1)]
    both = people(CLOSED, 2)
    mails += [Mail(NEWS, (person,)) for person in both]
    return Story(mails, complains_too=list(both))


__all__ = ["BROKEN", "HARMLESS", "MOST_RECIPIENTS", "NEWS", "SENDERS", "SHOP", "Mail", "Story", "mailbox_of", "mailboxes", "story_of"]
