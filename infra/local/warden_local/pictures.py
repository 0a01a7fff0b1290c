"""``python -m warden_local.pictures``: makes the pictures of docs/images that show what the command prints.

An invented fortnight is written into a local AWS: metrics, the journal, the suppression list. The
command reads it, and Chromium takes the picture of the page.
"""

import argparse
import fcntl
import os
import pty
import shutil
import subprocess
import sys
import termios
from datetime import UTC, datetime, timedelta
from pathlib import Path

from warden_local import paths
from warden_local.account import prepare
from warden_local.build import build
from warden_local.cast import NEWS, SHOP, Letter
from warden_local.command import CALLS_PER_SECOND, environment, ses_warden
from warden_local.hurry import parameters
from warden_local.local_aws import LocalAws
from warden_local.problem import Problem
from warden_local.processes import Processes
from warden_local.screen import Screen
from warden_local.sending import send_all
from warden_local.stack import Stack
from warden_local.terminal_picture import picture

IMAGES = paths.ROOT / "docs" / "images"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
DAYS = 14
# Hours in which nothing was counted: the charts must show that.
SILENT_HOURS = range(60, 68)
# The incident, in hours since the beginning.
BEGAN, ENDED = 8 * 24 + 3, 9 * 24 + 5
PROVIDERS = {"gmail.com": 60, "hotmail.com": 14, "yahoo.com": 22}
AWS, OURS = "AWS/SES", "SesWarden"


class Fortnight:
    """Writes the invented fortnight."""

    def __init__(self, aws: LocalAws, stack: Stack) -> None:
        self.aws, self.stack = aws, stack
        self.cloudwatch, self.ses = aws.client("cloudwatch"), aws.client("sesv2")
        self.data: dict[str, list[dict]] = {AWS: [], OURS: []}
        now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        self.start = now - timedelta(days=DAYS)

    def write(self) -> None:
        for hour in range(DAYS * 24):
            self.hour(hour)
        self.last_day()
        for namespace, data in self.data.items():
            for start in range(0, len(data), 500):
                self.cloudwatch.put_metric_data(Namespace=namespace, MetricData=data[start : start + 500])
        self.history()
        self.account()

    def at(self, hour: int) -> str:
        return f"{self.start + timedelta(hours=hour):%Y-%m-%dT%H:%M:%SZ}"

    def hour(self, hour: int) -> None:
        """Writes one hour: less mail at night, a bought list in the incident, nothing while paused."""
        if hour in SILENT_HOURS:
            return
        paused = BEGAN + 3 <= hour < ENDED
        bad = BEGAN <= hour < BEGAN + 3
        sends = 60 + 12 * min(hour % 24, 24 - hour % 24)
        bounces = sends // 60
        self.counts(hour, SHOP.domain, sends, bounces, 0)
        if bad:
            self.counts(hour, NEWS.domain, 2200, 515, 1)
        elif not paused:
            self.counts(hour, NEWS.domain, sends // 2, sends // 90, 0)
        since = hour - BEGAN
        # AWS's rates fall slowly, because the bad mail stays in the volume that it divides by.
        rate = 0.004 if since < 1 else max(0.004, 0.122 - 0.001 * max(0, hour - ENDED))
        self.put(AWS, "Reputation.BounceRate", rate, hour)
        self.put(AWS, "Reputation.ComplaintRate", 0.0002 if since < 1 else max(0.0002, rate / 60), hour)

    def counts(self, hour: int, domain: str, sends: int, bounces: int, complaints: int) -> None:
        values = {"Send": sends, "BounceHard": bounces, "Delivery": sends - bounces, "Complaint": complaints}
        for metric, value in values.items():
            if value:
                self.put(OURS, metric, value, hour)
                self.put(OURS, metric, value, hour, Domain=domain)
        if bounces:
            fault = "recipient_gone" if bounces > 100 else "recipient_disabled"
            self.put(OURS, "BounceFault", bounces, hour, Domain=domain, Fault=fault)
            self.put(OURS, "Suppressed", bounces, hour, Reason="BOUNCE")

    def last_day(self) -> None:
        """Writes what only the status shows: rates of sets, pools, several recipients."""
        last = DAYS * 24 - 1
        for sender, bounce, complaint in ((NEWS, 0.031, 0.0004), (SHOP, 0.004, 0.0001)):
            of_set = {"ses:configuration-set": sender.configuration_set}
            self.put(AWS, "Reputation.BounceRate", bounce, last, **of_set)
            self.put(AWS, "Reputation.ComplaintRate", complaint, last, **of_set)
        for isp, sent, available in (("Gmail", 9100, 20000), ("Hotmail", 1800, 6000), ("Yahoo", 2400, 3000)):
            self.put(AWS, "SentLast24Hours", sent, last, Pool="dedicated1", Isp=isp)
            self.put(AWS, "Available24HourSend", available, last, Pool="dedicated1", Isp=isp)
        self.put(OURS, "MultiRecipientMessage", 12, last, Domain=NEWS.domain)

    def put(self, namespace: str, metric: str, value: float, hour: int, **dimensions: str) -> None:
        named = [{"Name": name, "Value": text} for name, text in dimensions.items()]
        at = self.start + timedelta(hours=hour, minutes=30)
        self.data[namespace].append({"MetricName": metric, "Dimensions": named, "Timestamp": at, "Value": value})

    def history(self) -> None:
        why = "1,545 of 6,780 sends hard-bounced in the last hour (22.8 %); the pause threshold is 8 %."
        self.entry(BEGAN + 3, "pause", "guard", why)
        self.entry(BEGAN + 5, "note", "command", "The key of the IAM user campaign is deactivated.")
        self.entry(ENDED, "resume", "command", "The bought list is gone; the key is rotated.")
        self.entry(ENDED + 1, "note", "command", "drill: All 14 hops work.")

    def pause(self) -> None:
        """Pauses the set, as guard does, for the pictures of the status."""
        name = NEWS.configuration_set
        self.ses.put_configuration_set_sending_options(ConfigurationSetName=name, SendingEnabled=False)
        self.entry(DAYS * 24, "pause", "guard", "bounce rate 16.7 % over 210 sends")

    def entry(self, hour: int, event: str, actor: str, reason: str) -> None:
        at = self.start + timedelta(hours=hour)
        texts = {
            "pk": "history", "sk": f"{at:%Y-%m-%dT%H:%M:%S.000Z}#{event}", "event": event, "actor": actor,
            "target_kind": "configuration_set", "target": NEWS.configuration_set, "reason": reason,
        }  # fmt: skip
        item = {name: {"S": text} for name, text in texts.items()}
        item |= {"v": {"N": "1"}, "at": {"N": str(int(at.timestamp() * 1000))}}
        self.aws.client("dynamodb").put_item(TableName=self.stack.outputs["JournalTableName"], Item=item)

    def account(self) -> None:
        settings = {
            "max_24_hour_send": 200_000, "sent_last_24_hours": 23_811, "max_send_rate": 40, "pricing_plan": "ESSENTIALS",
        }  # fmt: skip
        self.aws.ses_control("PUT", "account", settings)
        self.ses.put_account_vdm_attributes(VdmAttributes={"VdmEnabled": "ENABLED"})
        self.ses.create_dedicated_ip_pool(PoolName="dedicated1", ScalingMode="MANAGED")
        for tenant in ("shop-one", "shop-two"):
            self.ses.create_tenant(TenantName=tenant)
        for number in range(31):
            reason = "COMPLAINT" if number < 4 else "BOUNCE"
            self.ses.put_suppressed_destination(EmailAddress=f"reader{number}@example.com", Reason=reason)
        # VDM's figures by provider are of mail that is sent; the name of the provider is its domain.
        for domain, count in PROVIDERS.items():
            send_all(self.ses, [Letter(SHOP, f"{n}.reader@{domain}") for n in range(count)])


def in_a_terminal(command: list[str], columns: int, variables: dict[str, str]) -> str:
    """Returns what a command prints on a terminal of this width."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, b"".join(n.to_bytes(2, sys.byteorder) for n in (60, columns, 0, 0)))
    with subprocess.Popen(command, env=variables, stdout=theirs, stderr=subprocess.DEVNULL):
        os.close(theirs)
        said = b""
        # A closed terminal is an error to Linux.
        with open(ours, "rb", buffering=0) as screen:
            try:
                while part := screen.read(65536):
                    said += part
            except OSError:
                pass
    return said.decode().replace("\r\n", "\n")


def photograph(page: Path, image: Path) -> None:
    browser = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if browser is None:
        raise Problem("the page's picture needs Chromium; on Debian: apt-get install chromium")
    subprocess.run(
        [browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
         "--blink-settings=preferredColorScheme=1", "--window-size=1000,1500", f"--screenshot={image}", page.as_uri()],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip


def run(folder: Path, screen: Screen) -> None:
    screen.step("Building the functions, local-ses and the command")
    binaries = build()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with Processes() as processes:
        screen.step("Starting the local AWS and deploying infra/template.yaml")
        aws = LocalAws(processes, binaries["local-ses"], folder)
        prepare(aws)
        stack = Stack(aws, binaries, parameters())
        command = binaries["ses-warden"]
        ses_warden(aws, command, "connect", "apply", "--yes", "--quiet", "--ses-calls-per-second", CALLS_PER_SECOND)
        screen.step("Writing the fortnight")
        fortnight = Fortnight(aws, stack)
        fortnight.write()
        page = folder / "evidence.html"
        ses_warden(
            aws, command, "evidence", "--html", str(page), "--ses-calls-per-second", CALLS_PER_SECOND,
            "--incident", fortnight.at(BEGAN), "--incident-end", fortnight.at(ENDED),
            "--fixed", "The bought list is deleted.", "--fixed", "New subscribers confirm their address.",
        )  # fmt: skip
        photograph(page, IMAGES / "evidence.png")
        fortnight.pause()
        variables = {**environment(aws), "TERM": "xterm-256color"}
        for columns in (80, 140):
            words = [str(command), "status", "--ses-calls-per-second", CALLS_PER_SECOND]
            text = in_a_terminal(words, columns, variables)
            name = f"ses-warden status in a terminal of {columns} columns"
            (IMAGES / f"status-{columns}.svg").write_text(picture(text, columns, name))
    for name in ("evidence.png", "status-80.svg", "status-140.svg"):
        screen.print(f"picture  {os.path.relpath(IMAGES / name, paths.ROOT)}")
    screen.print(f"page     {os.path.relpath(page, paths.ROOT)}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="warden_local.pictures", description=__doc__)
    parser.add_argument("--output", type=Path, default=paths.RUN.parent / "pictures", help="folder for the page and logs")
    screen = Screen()
    try:
        run(parser.parse_args().output.resolve(), screen)
    except Problem as problem:
        print(f"\nses-warden: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
