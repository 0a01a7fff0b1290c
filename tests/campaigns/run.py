"""Runs seeded campaigns of faults: ``tests/campaigns/run.py --seeds 500``.

Each campaign has a plan that its seed makes: which calls of AWS fail and how, when processes are
killed, and what operators do meanwhile. After each one a ledger of what was put in is compared with
what AWS shows. ``WARDEN_SEED=n`` plays one campaign again and keeps its logs.
"""

import argparse
import asyncio
import json
import os
import shutil
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "infra" / "local"))

from campaign import Campaign, Played
from ledger import Ledger
from plan import Plan, plan_of
from plants import PLANTS
from warden_local import paths
from warden_local.build import build
from warden_local.processes import Processes
from world import Capture, CampaignAws, World

OUTPUT = paths.ROOT / "target" / "campaigns"


class Runner:
    """One local AWS, and the campaigns played in it one after the other."""

    def __init__(self, world: World, programs: dict[str, Path], logs: Path) -> None:
        self.world, self.programs, self.logs = world, programs, logs

    async def run(self, plan: Plan, plant: str | None = None) -> tuple[Played, list[str]]:
        """Plays a campaign, and returns what the ledger finds wrong."""
        campaign = Campaign(plan, self.world, self.programs, self.logs)
        if plant:
            campaign.weather.plant = PLANTS[plant]()
        played = await campaign.play()
        return played, await Ledger(played, self.world).violations()


async def open_runner(processes: Processes, programs: dict[str, Path], logs: Path) -> Runner:
    """Starts a local AWS for campaigns."""
    shutil.rmtree(logs, ignore_errors=True)
    logs.mkdir(parents=True)
    capture = Capture()
    address = await capture.listen()
    aws = await asyncio.to_thread(CampaignAws, processes, programs["local-ses"], logs, address)
    capture.upstream = aws.endpoint
    return Runner(World(aws, capture), programs, logs)


async def run_all(arguments: argparse.Namespace, programs: dict[str, Path]) -> int:
    seeds = iter([arguments.seed] if arguments.seed is not None else range(arguments.first, arguments.first + arguments.seeds))
    failed: dict[int, list[str]] = {}
    figures: Counter = Counter()
    began = time.monotonic()
    with Processes() as processes:

        async def worker(number: int) -> None:
            runner = await open_runner(processes, programs, OUTPUT / f"worker-{number}")
            for seed in seeds:
                played, wrong = await runner.run(plan_of(seed), arguments.plant)
                count(figures, played)
                print(line_of(played, wrong), flush=True)
                if wrong:
                    failed[seed] = wrong
                    print("\n".join(f"    {sentence}" for sentence in wrong), flush=True)
                    keep(runner, played, wrong)
                # After each one, for whoever stops a long run.
                figures["wall_seconds"] = round(time.monotonic() - began)
                summarize(failed, figures)

        await asyncio.gather(*(worker(number) for number in range(arguments.jobs)))
    # Of this process and its children, which have ended.
    usage = os.times()
    figures["cpu_seconds"] = round(usage.user + usage.system + usage.children_user + usage.children_system)
    print(json.dumps(summarize(failed, figures), indent=2))
    print(f"{figures['campaigns']} campaigns, {len(failed)} with departures" + (f": seeds {sorted(failed)}" if failed else ""))
    return 1 if failed else 0


def summarize(failed: dict[int, list[str]], figures: Counter) -> dict[str, int]:
    """Writes what the campaigns so far came to, and returns the figures."""
    sorted_figures = dict(sorted(figures.items()))
    summary = {"failed": {str(seed): wrong for seed, wrong in sorted(failed.items())}, "figures": sorted_figures}
    (OUTPUT / "summary.json").write_text(json.dumps(summary, indent=2))
    return sorted_figures


def count(figures: Counter, played: Played) -> None:
    figures["campaigns"] += 1
    figures["events"] += len(played.events)
    figures["deliveries"] += sum(message.receives for queue in played.queues.values() for message in (*queue.done, *queue.dead))
    figures["calls of AWS"] += sum(played.weather.calls.values())
    figures["calls harmed"] += len(played.weather.done)
    figures["processes killed"] += len(played.plan.kills) + sum("kill" in harm.kind for harm in played.weather.done)
    figures["acts of operators"] += sum(not act.startswith("calls before") for act, _ in played.acts)
    for name, happened in played.known.items():
        figures[f"known: {name}"] += happened
    figures["dead letters"] += sum(len(queue.dead) for queue in played.queues.values())
    for harm in played.weather.done:
        figures[f"harm {harm.kind}"] += 1
    for effect in played.weather.effects:
        figures[f"done {effect.operation}"] += 1


def line_of(played: Played, wrong: list[str]) -> str:
    harms = len(played.weather.done)
    return f"seed {played.plan.seed:5}: {'FAILED' if wrong else 'ok    '} {played.seconds:5.1f} s, {harms:2} harms, {sum(played.weather.calls.values())} calls"


def keep(runner: Runner, played: Played, wrong: list[str]) -> None:
    """Keeps the logs of a campaign that failed, with its plan."""
    folder = OUTPUT / f"seed-{played.plan.seed}"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(runner.logs, folder)
    lines = [*wrong, "", str(played.plan), "", *(str(harm) for harm in played.weather.done), "", *map(str, played.acts), ""]
    lines += [f"{effect.function} {effect.operation} {effect.path} {effect.body[:300]!r}" for effect in played.weather.effects]
    (folder / "campaign.txt").write_text("\n".join(lines))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20, help="how many campaigns")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--jobs", type=int, default=2, help="campaigns at the same time")
    parser.add_argument("--plant", choices=sorted(PLANTS), help="a defect that the ledger must find")
    arguments = parser.parse_args()
    seed = os.environ.get("WARDEN_SEED")
    arguments.seed = int(seed) if seed else None
    if arguments.seed is not None:
        arguments.jobs = 1
    OUTPUT.mkdir(parents=True, exist_ok=True)
    return asyncio.run(run_all(arguments, programs_of()))


def programs_of() -> dict[str, Path]:
    """Returns the binaries: those in WARDEN_PROGRAMS, or those that cargo builds."""
    if folder := os.environ.get("WARDEN_PROGRAMS"):
        return {name: Path(folder) / name for name in ("suppress", "metrics", "guard", "local-ses")}
    return build(quiet=True)


if __name__ == "__main__":
    sys.exit(main())
