"""A storm of bounces that the sender caused: SES lists every address, and suppress removes exactly
these from the list, although it is killed at random."""

import contextlib
import os
import random
import signal
import threading
import time

from warden_local.cast import NEWS, Letter
from warden_local.local_aws import REGION
from warden_local.sending import send_all
from warden_local.storm import parameters
from warden_local.storm_outcome import processes_of
from warden_local.waiting import wait_until

ADDRESSES = int(os.environ.get("RESCUE_STORM_ADDRESSES", "1500"))
KILLS = 8
DOMAIN = "strict.example.net"
DMARC = "smtp; 550 5.7.515 Access denied, sending domain does not meet the required authentication level"
LONGEST_SECONDS = 1800
SCHEDULE = b'{"source":"aws.events","detail-type":"Scheduled Event","detail":{}}'


class Chaos:
    """Invokes suppress as the schedule does, and kills it from time to time."""

    def __init__(self, aws, stack, kills):
        self.aws, self.stack, self.kills, self.killed = aws, stack, kills, 0
        self.random, self.over = random.Random(20261126), threading.Event()
        self.threads = [threading.Thread(target=self.tick), threading.Thread(target=self.kill)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def tick(self):
        functions, name = self.aws.client("lambda"), self.stack.outputs["SuppressFunctionName"]
        while not self.over.wait(1):
            with contextlib.suppress(Exception):
                functions.invoke(FunctionName=name, InvocationType="Event", Payload=SCHEDULE)

    def kill(self):
        while self.killed < self.kills and not self.over.wait(self.random.uniform(0.2, 2)):
            if found := list(processes_of("suppress")):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.random.choice(found), signal.SIGKILL)
                    self.killed += 1


def test_all_of_a_storm_is_off_the_list_again_and_nothing_else(aws, deploy):
    stack = deploy(
        **parameters(),
        RescueMode="remove",
        RescueAtMost=str(ADDRESSES),
        RescueQuietHours="0",
        SesCallsPerSecond="20",
        # The lease of a killed run lasts as long as its invocation could have.
        suppress_seconds=10,
        receives=50,
        LogLevel="info",
        # All mail bounces here; a pause would end the rescue, as it should.
        GuardMode="observe",
    )
    ses = aws.client("sesv2")
    aws.ses_control("PUT", "account", {"automatic_suppression": True})
    # Entries with another reason, for another mail, or made by hand.
    kept = {f"complaint-{n}@{DOMAIN}": "COMPLAINT" for n in range(20)}
    kept |= {f"older-{n}@elsewhere.example.net": "BOUNCE" for n in range(20)}
    for address, reason in kept.items():
        ses.put_suppressed_destination(EmailAddress=address, Reason=reason)
    time.sleep(2)
    mix = [
        {
            "outcome": "bounce",
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "action": "failed",
            "status": "5.7.515",
            "diagnosticCode": DMARC,
        }
    ]
    aws.ses_control("PUT", f"domains/{DOMAIN}", {"outcomes": mix})

    def listed():
        return aws.ses_control("GET", f"suppression?region={REGION}")["entries"]

    with Chaos(aws, stack, KILLS) as chaos:
        letters = [Letter(NEWS, f"reader-{n}@{DOMAIN}") for n in range(ADDRESSES)]
        assert len(send_all(ses, letters)) == ADDRESSES
        # From here on, SES's list calls are as slow as in AWS.
        aws.ses_control("PUT", "faults", {"rate_limit_per_second": 20})
        wait_until("the list is as it was before", lambda: listed() == kept, LONGEST_SECONDS)
        wait_until("the kills are done", lambda: chaos.killed >= KILLS, 120)
        time.sleep(15)
    assert listed() == kept
    calls = aws.ses_control("GET", "calls")
    print({name: count for name, count in calls.items() if name != "SendEmail"})
    assert calls["CreateImportJob"] >= 1
    # Without import jobs each address would take two calls.
    assert sum(count for name, count in calls.items() if name != "SendEmail") < ADDRESSES
