"""Each sum in CloudWatch equals an independent count of the published events.

WARDEN_MIX sets the number of events; 50,000 take one to five minutes.
"""

import os
from datetime import UTC, datetime

import pytest

from mix import Mix, count_mix

EVENTS = int(os.environ.get("WARDEN_MIX", "6000"))


@pytest.mark.skipif(EVENTS < 1000, reason="too few to have every kind")
def test_sums_equal_an_independent_count(aws, deploy):
    stack = deploy()
    mix = Mix(datetime.now(UTC), EVENTS)
    assert len(mix.first) + len(mix.again) == mix.published >= EVENTS
    assert len(mix.expected) > 1000
    assert count_mix(aws, stack, mix) == mix.expected
