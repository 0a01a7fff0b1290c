"""A few campaigns, and defects that are planted to show that the ledger finds them."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from plan import UNCERTAIN, Plan, plan_of
from plants import PLANTS
from run import OUTPUT, Runner, open_runner, programs_of
from warden_local.processes import Processes

# Each has found a defect once, in the product or in a campaign.
SEEDS = (3, 22, 28, 30, 64)
# What the ledger must say of each planted defect.
FOUND = {
    "lost_put": "must be listed for",
    "lost_count": "not between",
    "twice_notified": "with 2 ids",
    "causeless_pause": "paused transactional without a cause",
    "foreign_rescue": "was taken off the list without a record of it",
}


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as loop:
        yield loop


@pytest.fixture(scope="module")
def runner(loop: asyncio.Runner) -> Iterator[Runner]:
    with Processes() as processes:
        yield loop.run(open_runner(processes, programs_of(), OUTPUT / "tests"))


def calm_plan() -> Plan:
    """A plan in which nothing goes wrong, so that only what is planted does."""
    return replace(plan_of(1), harms=(), kills=(), acts=(), is_bad=True, rescues=False, metrics_environments=1, import_threshold=100)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_campaign_loses_nothing_and_does_nothing_without_a_cause(loop, runner, seed):
    played, wrong = loop.run(runner.run(plan_of(seed)))
    assert wrong == [], f"WARDEN_SEED={seed} make campaigns plays it again; {played.plan}"
    # Calls were harmed, the functions worked, and the ledger had something to compare.
    assert played.weather.done
    assert len(played.events) > 40


def test_a_campaign_without_harm_departs_in_nothing(loop, runner):
    played, wrong = loop.run(runner.run(calm_plan()))
    assert wrong == []
    assert played.weather.done == []


@pytest.mark.parametrize("plant", sorted(PLANTS))
def test_the_ledger_finds_a_planted_defect(loop, runner, plant):
    _, wrong = loop.run(runner.run(calm_plan(), plant))
    assert any(FOUND[plant] in sentence for sentence in wrong), wrong


def test_a_seed_makes_the_same_plan_and_another_one_another():
    assert plan_of(7) == plan_of(7)
    assert plan_of(7) != plan_of(8)


def test_plans_use_every_kind_of_harm_on_every_function():
    harms = [harm for seed in range(300) for harm in plan_of(seed).harms]
    for function in ("suppress", "metrics", "guard"):
        kinds = {harm.kind for harm in harms if harm.function == function}
        assert kinds >= {*UNCERTAIN, "throttle", "kill_before", "kill_after", "partial", "skewed_clock", "slow"}
