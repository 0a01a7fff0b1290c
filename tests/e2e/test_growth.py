"""Work grows with the length of a text, not with its square: counted in instructions, not time."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

PIECES = ["@", "<@", "a@ ", "(", ")@", "[", "@[", '"', '\\"@', "=40", "%40", "&#64;", "() ", "said: 550-", "5.1.1 "]
FIELDS = ["eventType", "messageId", "source", "destination", "from-domain", "feedbackId", "subType", "address"]
FIELDS += ["status", "diagnostic", "alarm"]


def payload(field: str, text: str) -> dict:
    """Returns an event or an alarm with that text in one of its fields."""
    if field == "alarm":
        return {"AlarmName": text, "NewStateValue": text, "NewStateReason": text}

    def value(name: str, ordinary: str) -> str:
        return text if field == name else ordinary

    recipient = {
        "emailAddress": value("address", "jane@example.net"),
        "status": value("status", "5.1.1"),
        "diagnosticCode": value("diagnostic", "smtp; 550 5.1.1 user unknown"),
    }
    bounce = {
        "bounceType": "Permanent",
        "bounceSubType": value("subType", "General"),
        "feedbackId": value("feedbackId", "f-1"),
        "bouncedRecipients": [recipient],
    }
    mail = {
        "messageId": value("messageId", "m-1"),
        "source": value("source", "shop@example.com"),
        "destination": [value("destination", "jane@example.net")],
        "tags": {"ses:from-domain": [value("from-domain", "example.com")]},
    }
    return {"eventType": value("eventType", "Bounce"), "mail": mail, "bounce": bounce}


def instructions(command: list[str], stdin: str | None = None) -> int:
    """Returns how many instructions the command takes, which is the same in every run."""
    valgrind = shutil.which("valgrind")
    assert valgrind, "this test counts instructions with valgrind; on Debian: apt-get install valgrind"
    counted = [valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null", *command]
    run = subprocess.run(counted, capture_output=True, text=True, input=stdin, check=False)
    found = re.search(r"Collected : (\d+)", run.stderr)
    assert found, run.stderr
    return int(found[1])


@pytest.mark.parametrize("field", FIELDS)
def test_ten_times_the_text_takes_about_ten_times_the_instructions(
    field: str, binaries: dict[str, Path], tmp_path: Path
) -> None:
    def replay(length: int) -> int:
        file = tmp_path / f"{length}.ndjson"
        events = [payload(field, piece * (length // len(piece))) for piece in PIECES]
        file.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
        return instructions([str(binaries["ses-warden"]), "replay", "--json", str(file)])

    start, small, large = replay(10), replay(1_000), replay(10_000)
    assert large - start <= 13 * (small - start), f"{start=} {small=} {large=}"
