"""Who mails whom in the story, and what happens to each mail.

The recipient's domain decides the outcome, so the story has one right answer in any order of
arrival.
"""

from dataclasses import dataclass, field
from itertools import islice, product


@dataclass(frozen=True)
class Sender:
    """A sending domain with the configuration set that its mail names."""

    domain: str
    configuration_set: str
    address: str


SHOP = Sender("shop.example.com", "transactional", "Example Shop <orders@shop.example.com>")
NEWS = Sender("news.example.org", "marketing", "Example News <letters@news.example.org>")
SENDERS = (SHOP, NEWS)


@dataclass(frozen=True)
class Mailbox:
    """The recipients at one domain: what happens to their mail, and what it must lead to."""

    outcome: dict
    counts: dict[str, int]
    # Reason of the entry on the suppression list, or the code of why the address is kept.
    suppressed: str | None = None
    kept: str | None = None
    extra: dict = field(default_factory=dict)

    def plan(self) -> dict:
        return {"outcomes": [{**self.outcome, **self.extra}]}


def bounce(sub_type: str = "General", *, kind: str = "Permanent", **said: str) -> dict:
    return {"outcome": "bounce", "bounceType": kind, "bounceSubType": sub_type, **said}


HARD = {"BounceHard": 1}
SENDERS_FAULT = {**HARD, "RescueCandidate": 1}
SOFT = {"BounceSoft": 1}
COMPLAINED = {"Delivery": 1, "Complaint": 1}

INBOX = "mail.example.net"
CLOSED = "closed.example.net"
INACTIVE = "inactive.example.net"
NO_DOMAIN = "nodomain.example.net"
NO_EMAIL = "nameless.example.net"
GLOBAL_LIST = "blocked.example.net"
TWICE = "twice.example.net"
NO_DMARC = "strict.example.com"
REPUTATION = "picky.example.com"
AWAY = "away.example.com"
FULL = "full.example.com"
ABUSE = "annoyed.example.com"
NO_REPORT = "silent.example.com"
NOT_SPAM = "happy.example.com"

MAILBOXES: dict[str, Mailbox] = {
    INBOX: Mailbox({"outcome": "delivery"}, {"Delivery": 1}),
    # The address is the cause: SES's classification counts.
    CLOSED: Mailbox(bounce(), HARD, suppressed="BOUNCE"),
    INACTIVE: Mailbox(bounce(status="5.2.1"), HARD, suppressed="BOUNCE"),
    NO_DOMAIN: Mailbox(bounce(status="5.1.2"), HARD, suppressed="BOUNCE"),
    # One recipient and no report: that recipient complained.
    NO_EMAIL: Mailbox(bounce("NoEmail"), HARD, suppressed="BOUNCE"),
    # SES's own global list, which forgets after two weeks.
    GLOBAL_LIST: Mailbox(bounce("Suppressed"), HARD, suppressed="BOUNCE"),
    TWICE: Mailbox(bounce(), HARD, suppressed="BOUNCE", extra={"twice": True}),
    # The sender is the cause: these addresses still work.
    NO_DMARC: Mailbox(bounce(status="5.7.26"), SENDERS_FAULT, kept="sender_authentication"),
    REPUTATION: Mailbox(bounce(status="5.7.1"), SENDERS_FAULT, kept="sender_reputation"),
    # Neither is the cause. The mailbox that answered did accept the mail.
    AWAY: Mailbox(bounce(kind="Transient"), {"Delivery": 1, **SOFT}, kept="auto_reply"),
    FULL: Mailbox(bounce("MailboxFull", kind="Transient"), SOFT, kept="mailbox_full"),
    ABUSE: Mailbox({"outcome": "complaint", "feedbackType": "abuse"}, COMPLAINED, suppressed="COMPLAINT"),
    NO_REPORT: Mailbox({"outcome": "complaint"}, COMPLAINED, suppressed="COMPLAINT"),
    # "This is not spam": the opposite of a complaint.
    NOT_SPAM: Mailbox({"outcome": "complaint", "feedbackType": "not-spam"}, {"Delivery": 1}, kept="not_spam"),
}

FIRST = (
    "ada", "ben", "carla", "david", "elif", "finn", "greta", "hugo", "ines", "jonas",
    "kaya", "leon", "mira", "noah", "olga", "paul", "rosa", "samir", "tilda", "yusuf",
    "anton", "bela", "chiara", "dora",
)  # fmt: skip
LAST = (
    "adler", "berg", "costa", "dahl", "ekberg", "fischer", "gruber", "haas", "ivanova", "jansen", "keller", "lindt",
    "moreau", "novak", "okafor", "petrov", "quint", "romero", "sato", "tanaka", "ullrich", "vogel", "weber", "yilmaz",
    "zander", "amato", "bruno", "conti", "duarte", "eriksen", "fabre", "garcia", "hansen", "iwata", "jovic", "kowal",
    "larsen", "meyer", "nagy", "ortiz", "pavic", "reyes", "silva", "toth", "urban", "varga", "wolf", "young", "zeman",
)  # fmt: skip


@dataclass(frozen=True)
class Letter:
    """One mail to one recipient."""

    sender: Sender
    recipient: str

    @property
    def mailbox(self) -> Mailbox:
        return MAILBOXES[self.recipient.partition("@")[2]]


class Script:
    """All letters of the story, in waves."""

    # Set against what news.example.org sends, a large shop keeps the account's rates
    # below its thresholds, so that only the set is paused; a small one does not.
    SHOP_CUSTOMERS = {"configuration-set": 900, "account": 150, "domain": 900}
    READERS = 150
    # Recipient domains of the purchased list, wave by wave.
    PURCHASED = (
        (INBOX, INBOX, INBOX, INBOX, INBOX, CLOSED, CLOSED, CLOSED, INACTIVE, NO_DMARC),
        (INBOX, INBOX, INBOX, INBOX, CLOSED, CLOSED, CLOSED, NO_DOMAIN, REPUTATION, ABUSE),
        (INBOX, INBOX, INBOX, CLOSED, CLOSED, CLOSED, AWAY, FULL, NO_EMAIL, ABUSE),
        (INBOX, INBOX, CLOSED, CLOSED, CLOSED, CLOSED, TWICE, NOT_SPAM, GLOBAL_LIST, INACTIVE),
        (INBOX, INBOX, INBOX, CLOSED, CLOSED, CLOSED, CLOSED, CLOSED, NO_REPORT, NO_DMARC),
        (INBOX, INBOX, INBOX, CLOSED, CLOSED, CLOSED, CLOSED, CLOSED, CLOSED, REPUTATION),
    )

    def __init__(self, scope: str) -> None:
        names = (f"{first}.{last}" for last, first in product(LAST, FIRST))
        customers = self.SHOP_CUSTOMERS[scope]

        def letters(sender: Sender, domains: tuple[str, ...]) -> list[Letter]:
            return [Letter(sender, f"{name}@{domain}") for name, domain in zip(islice(names, len(domains)), domains)]

        def healthy(sender: Sender, count: int) -> list[Letter]:
            # One closed mailbox in 150 is what a well-kept list has.
            return letters(sender, tuple(CLOSED if n % 150 == 75 else INBOX for n in range(count)))

        self.healthy = healthy(SHOP, customers) + healthy(NEWS, self.READERS)
        self.purchased = [letters(NEWS, wave) for wave in self.PURCHASED]
        self.after_the_pause = [letters(NEWS, (INBOX,))[0], letters(SHOP, (INBOX,))[0]]
        # A customer who is on the list by then: SES does not even try.
        closed = next(letter for letter in self.purchased[0] if letter.mailbox.suppressed)
        self.echo = Letter(SHOP, closed.recipient)
        # The bounce that also arrives in the identity-level format.
        self.both_formats = closed
