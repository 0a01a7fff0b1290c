"""Writes the first inputs of every fuzz target into ``fuzz/corpus``, out of ``events``.

Each target's own comment says what its input looks like.
"""

import json
import struct
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EVENTS = ROOT / "events"
CORPUS = ROOT / "fuzz" / "corpus"
EPISODE = "2026-10-06T07:15:12.345Z"
LEADER = {"alarm": "ses-warden/configuration-set/marketing/bounce/critical", "episode": EPISODE}
SETS = {"sets": ["marketing"]}
PAUSE = {
    "wanted": SETS, "notified": None, "off": None, "since": 1, "tried_at": 1, "in_doubt": True, "others_until": 0,
    "sends_again": False,
}  # fmt: skip
NOTICE = {
    "action": {"pause": SETS}, "paused": SETS, "newly_paused": SETS, "missing": None, "is_rest": False,
    "sends_again": False, "repeats": False, "in_doubt": False, "since": 1, "at": 2,
}  # fmt: skip
PHASES = (
    "open", "handled", "closed",
    {"pausing": PAUSE}, {"notifying": NOTICE}, {"paused": {"target": SETS, "at": 1}},
    {"resuming": {"target": "account", "at": 1, "since": 2, "may_switch": True}},
    {"ending": {"target": SETS, "at": 1, "found": 2, "actor": "unknown"}}, {"ended": {"target": SETS, "at": 1}},
)  # fmt: skip
SERIES = (
    ("ses-warden/account/all/bounce/critical", ["AWS/SES|Reputation.BounceRate"]),
    ("ses-warden/configuration-set/marketing/bounce/critical",
     ["AWS/SES|Reputation.BounceRate|ses:configuration-set|marketing"]),
    ("ses-warden/domain/example.com/bounce/critical",
     ["SesWarden|BounceHard|Domain|example.com", "SesWarden|Send|Domain|example.com"]),
    ("ses-warden/domain/example.com/complaint/warn",
     ["SesWarden|Complaint|Domain|example.com", "SesWarden|Delivery|Domain|example.com"]),
    ("ses-warden/tenant/shop/bounce/critical", ["AWS/SES|Bounces|TenantId|tn-1|TenantName|shop"]),
    ("ses-warden/account/all/unexpected-sender/critical", ["SesWarden|UnexpectedSender"]),
)  # fmt: skip
# Even first number: no expression. Then both windows, what is known of sets and account, and the mode.
COUNTS = struct.pack("<11I", 0, 35, 210, 0, 0, 35, 210, 0, 0, 0b0011_0011_1111, 1)
EXPORT_KINDS = 32


def payloads() -> Iterator[bytes]:
    """Returns every payload of the corpus."""
    for path in sorted(EVENTS.rglob("*.json")):
        yield path.read_bytes()


def texts() -> Iterator[tuple[str, str, str]]:
    """Returns status, bounce type and text of every labelled diagnostic."""
    for path in sorted((EVENTS / "diagnostics").rglob("*.toml")):
        for entry in tomllib.loads(path.read_text())["text"]:
            yield entry.get("status", ""), entry["bounce"].replace("/", " "), entry["text"]


def strings(value: object) -> Iterator[str]:
    """Returns every text in JSON, and in JSON inside of texts."""
    if isinstance(value, str):
        yield value
        try:
            inner = json.loads(value)
        except (ValueError, RecursionError):
            return
        if isinstance(inner, (dict, list)):
            yield from strings(inner)
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from strings(item)


def addresses() -> Iterator[bytes]:
    for payload in payloads():
        try:
            found = list(strings(json.loads(payload)))
        except (ValueError, RecursionError):
            continue
        yield from (text.encode() for text in found if "@" in text and len(text) < 400)


def alarms() -> Iterator[bytes]:
    messages = [path.read_text() for path in sorted((EVENTS / "alarms").glob("*.json"))]
    for number, message in enumerate(messages):
        name, series = SERIES[number % len(SERIES)]
        try:
            line = json.dumps(json.loads(message))
        except (ValueError, RecursionError):
            line = message.replace("\n", " ")
        yield "\n".join([line, name, *series]).encode() + b"\0" + COUNTS


def incidents() -> Iterator[bytes]:
    for number, phase in enumerate(PHASES):
        state = {"leader": LEADER, "others": [], "cause": {"reason": "a bounce rate", "numbers": {}}, "notified": [], "phase": phase}
        sort = f"{LEADER['alarm']}@{EPISODE}"
        yield b"\0".join([sort.encode(), json.dumps(state).encode(), bytes(range(number, 256, 7))])
    yield b"\0".join([b"account", b"v=1\nversion=2\nverdict=HEALTHY\nswept_at=5\nsweeping=1\nsweep_from=m", b""])
    entry = "v=1\nevent=pause\ntarget_kind=configuration_set\ntarget=marketing\nactor=guard\nreason=a rate\nsends=210"
    yield b"\0".join([f"{EPISODE}#pause/1".encode(), entry.encode(), b""])


def exports() -> Iterator[bytes]:
    for number, path in enumerate(sorted((EVENTS / "exports").glob("*.case"))):
        # The kind is the last byte that the fuzzer's way of dividing the input takes.
        yield path.read_bytes() + bytes([number % EXPORT_KINDS])


SEEDS = {
    "address": addresses,
    "alarm": alarms,
    "diagnostic": lambda: (text.encode() for _, _, text in texts()),
    "eml": lambda: (path.read_bytes() for path in sorted((EVENTS / "messages").rglob("*.eml"))),
    "export": exports,
    "incident": incidents,
    "payload": payloads,
    "verdict": lambda: ("\n".join(parts).encode() for parts in texts()),
    "zone": lambda: (path.read_bytes() for path in sorted((EVENTS / "zones").rglob("*")) if path.is_file()),
}


def write(target: str) -> Path:
    """Writes the inputs of one target and returns their folder."""
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(SEEDS[target]()):
        (folder / f"seed-{number:04}").write_bytes(text)
    return folder
