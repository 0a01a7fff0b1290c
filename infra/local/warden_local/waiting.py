"""Waiting for a condition, never for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

from warden_local.problem import Problem

T = TypeVar("T")

# Far beyond what a loaded machine takes; only something broken comes near it.
DEADLINE_SECONDS = 120
PAUSE_SECONDS = 0.2


def wait_until(what: str, look: Callable[[], T], seconds: float = DEADLINE_SECONDS) -> T:
    """What ``look`` answers, as soon as that is true."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise Problem(f"Waited {seconds:g} seconds in vain until {what}.")
        time.sleep(PAUSE_SECONDS)
    return found
