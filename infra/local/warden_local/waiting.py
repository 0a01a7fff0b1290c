"""Waits for a condition, never for a fixed time."""

import time
from collections.abc import Callable
from typing import TypeVar

from warden_local.problem import Problem

T = TypeVar("T")

# Far longer than a loaded machine needs; only a defect takes that long.
DEADLINE_SECONDS = 120
PAUSE_SECONDS = 0.2


def wait_until(what: str, condition: Callable[[], T], seconds: float = DEADLINE_SECONDS) -> T:
    """Returns the result of ``condition`` as soon as it is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise Problem(f"Waited {seconds:g} seconds in vain until {what}.")
        time.sleep(PAUSE_SECONDS)
    return found
