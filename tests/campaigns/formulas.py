"""What the documents define: ids of the journal, the interval of guard's rule, and notices on the wire."""

import hashlib
import hmac
import math
from urllib.parse import parse_qs

from gateway import Effect
from world import SECRET_TEXT

# guard's rule, as METRICS.md and RUNBOOK.md document it: 10 bounces, 50 mails, and the lower bound of
# the Wilson interval above 8 %.
LEAST_BOUNCES, LEAST_MAILS, PAUSE_RATE, Z = 10, 50, 0.08, 1.96


def address_id(address: str) -> str:
    """Returns the journal's id of an address, as JOURNAL.md defines it."""
    made = hmac.new(SECRET_TEXT.encode(), b"address\0" + address.lower().encode(), hashlib.sha256)
    return made.hexdigest()[:32]


def lower_bound(events: float, total: float) -> float:
    """Returns the lower bound of the Wilson score interval."""
    rate = events / total
    middle = rate + Z * Z / (2 * total)
    return (middle - Z * math.sqrt(rate * (1 - rate) / total + Z * Z / (4 * total * total))) / (1 + Z * Z / total)


def notice_of(effect: Effect) -> dict[str, str]:
    """Returns the attributes of a notice, out of SNS's query protocol."""
    fields = {name: values[0] for name, values in parse_qs(effect.body.decode()).items()}
    attributes = {}
    for name, value in fields.items():
        if name.startswith("MessageAttributes.entry.") and name.endswith(".Name"):
            attributes[value] = fields.get(name.removesuffix(".Name") + ".Value.StringValue", "")
    return attributes

