"""A storm of bounces, while suppress is killed again and again."""

from warden_local.screen import Screen
from warden_local.storm import Storm, parameters

ADDRESSES = 10_000
KILLS = 20


def test_killing_suppress_at_any_moment_loses_nothing_and_needs_no_hand(aws, deploy):
    stack = deploy(
        **parameters(),
        ImportThreshold="30",
        # Faster than SES, so that kills also hit imports and single puts.
        SesCallsPerSecond="20",
        # The lease of a killed import run lasts as long as its invocation could have.
        suppress_seconds=10,
        # A kill uses up one receive of every message in the batch.
        receives=50,
    )
    aws.ses_control("PUT", "import-jobs", {"seconds": 0.5, "fail_records_next": 3})
    storm = Storm(aws, stack, ADDRESSES, rate=20)

    outcome = storm.play(Screen(quiet=True), kills=KILLS, hurried_clock=1)

    assert outcome.kills >= KILLS
    assert outcome.failures == []
    assert outcome.calls["CreateImportJob"] >= 1
    # Without import jobs each address would take at least one call.
    assert sum(outcome.calls.values()) < ADDRESSES / 4
