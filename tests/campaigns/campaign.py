"""Plays one campaign: sends a story, delivers its events while everything goes wrong, and waits until
nothing is left to do."""

import asyncio
import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from gateway import Gateway, Weather
from lambda_runtime import Environment, Invocation
from plan import Plan
from queues import Queue
from story import BROKEN, HARMLESS, NEWS, SHOP, Story, mailbox_of, story_of
from warden_local.cast import NO_DMARC, REPUTATION
from world import PREFIX, Published, World, function_variables

SLOTS = {"suppress": 3, "metrics": 2, "guard": 2}
SCHEDULE = json.dumps({"version": "0", "id": "1", "detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}).encode()
# From this threshold on, the few candidates of a story are no storm.
LEAST_WITHOUT_STORM = 30
# How long everything goes wrong, at most.
STORM_SECONDS = 12
# Runs of the schedule after it, at most, until nothing waits.
CALM_RUNS = 80
CALM_PAUSE_SECONDS = 0.2
# Waits below these prefixes belong to nobody in particular: what is done, and records for people.
FINAL_FILES = ("rescue/", "suppress/rescue/eu-central-1/decided/", "suppress/rescue/eu-central-1/rescued/")


@dataclass
class Played:
    """A campaign after its end, for the ledger."""

    plan: Plan
    story: Story
    events: list[Published]
    queues: dict[str, Queue]
    weather: Weather
    logs: list[Path]
    # What people did: act, and what it was done to.
    acts: list[tuple[str, str]] = field(default_factory=list)
    # Departures that RELIABILITY.md lists, and whether they happened.
    known: dict[str, bool] = field(default_factory=dict)
    guard_runs: int = 0
    seconds: float = 0.0


class Campaign:
    """One campaign in a world."""

    def __init__(self, plan: Plan, world: World, programs: dict[str, Path], logs: Path) -> None:
        self.plan, self.world = plan, world
        self.chance = random.Random(plan.order_seed)
        self.weather = Weather(plan)
        self.logs = logs
        self.environments = {
            function: [Environment(function, place, programs[function], logs / f"{function}-{place}.log") for place in range(count)]
            for function, count in SLOTS.items()
        }
        self.gateways: list[Gateway] = []
        self.is_over = False

    async def play(self) -> Played:
        began = time.monotonic()
        story = story_of(self.plan)
        await self.world.empty(rescues=self.plan.rescues)
        await self.open_environments()
        for log in self.logs.glob("*-*.log"):
            log.unlink()
        try:
            events = await self.world.send_all(story)
            events += self.further_complaints(story, events)
            queues = self.fill_queues(events)
            self.played = Played(self.plan, story, events, queues, self.weather, [e.log for e in self.all()])
            await self.prepare_lists(story)
            await self.storm(queues)
            await self.calm(queues)
        finally:
            self.is_over = True
            await asyncio.gather(*(environment.close() for environment in self.all()))
            for gateway in self.gateways:
                gateway.close()
        self.played.seconds = time.monotonic() - began
        return self.played

    def all(self) -> list[Environment]:
        return [environment for slots in self.environments.values() for environment in slots]

    async def open_environments(self) -> None:
        variables = function_variables(self.plan)
        for environment in self.all():
            gateway = Gateway(environment, self.world.aws.endpoint, self.world.aws.ses_endpoint)
            gateway.weather = self.weather
            await gateway.listen()
            await environment.listen()
            self.gateways.append(gateway)
            environment.variables = {
                **variables[environment.function],
                "AWS_ENDPOINT_URL": gateway.url,
                "AWS_ENDPOINT_URL_SESV2": gateway.url,
                "AWS_LAMBDA_FUNCTION_NAME": environment.function,
                "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
            }

    def further_complaints(self, story: Story, events: list[Published]) -> list[Published]:
        """Makes a complaint of an address that also bounces, out of another's."""
        pattern = next(event for event in events if event.kind == "Complaint" and mailbox_of(event.recipients[0]).suppressed)
        made = []
        for number, address in enumerate(story.complains_too):
            text = pattern.text.replace(pattern.recipients[0], address).replace('"messageId":"', f'"messageId":"made-{number}-')
            made.append(Published(f"Complaint-made-{number}", "Complaint", (address,), text))
        return made

    def fill_queues(self, events: list[Published]) -> dict[str, Queue]:
        queues = {function: Queue(self.chance) for function in ("suppress", "metrics")}
        poison = [(f"broken-{n}", body) for n, body in enumerate(BROKEN)] + [(f"harmless-{n}", body) for n, body in enumerate(HARMLESS)]
        for function, queue in queues.items():
            wanted = [e for e in events if function == "metrics" or e.kind in ("Bounce", "Complaint")]
            copies = [event for event in wanted for _ in range(1 + (self.chance.random() < self.plan.twice))]
            queue.put([(event.key, event.text) for event in copies] + poison)
        return queues

    async def prepare_lists(self, story: Story) -> None:
        """What people listed before: an entry to remove later and, in place of SES's own entry of a
        rescue candidate, one by hand."""
        await self.put_entry(f"old-{self.plan.seed}@quiet.example.net", "BOUNCE", "listed_before")
        candidates = [r for _, r in story.recipients() if r.partition("@")[2] in (NO_DMARC, REPUTATION)]
        is_by_hand = any(act.act == "put_entry_of_candidate" for act in self.plan.acts)
        # In a storm entries are removed by their times alone, so that this one would be.
        if self.plan.rescues and is_by_hand and self.plan.import_threshold >= LEAST_WITHOUT_STORM:
            await self.put_entry(candidates[0], "BOUNCE", "put_entry_of_candidate")

    async def put_entry(self, address: str, reason: str, act: str) -> None:
        await self.world.ses("PUT", "/v2/email/suppression/addresses", {"EmailAddress": address, "Reason": reason})
        self.played.acts.append((act, address))

    # ------------------------------------------------------------------ the storm

    async def storm(self, queues: dict[str, Queue]) -> None:
        """Everything at once, until both queues are empty or the time is over."""
        ends_at = time.monotonic() + STORM_SECONDS
        workers = [self.work(queues["suppress"], environment, ends_at) for environment in self.environments["suppress"][:2]]
        taking = self.environments["metrics"][: self.plan.metrics_environments]
        workers += [self.work(queues["metrics"], environment, ends_at) for environment in taking]
        beside = [asyncio.ensure_future(task) for task in (self.guard_runs(0), self.guard_runs(1), self.import_runs(), self.act(), self.kill())]
        await asyncio.gather(*workers)
        # Operators and kills are part of the plan, also where the queues were empty sooner.
        await asyncio.gather(*beside[3:])
        self.is_over = True
        await asyncio.gather(*beside[:3])

    async def work(self, queue: Queue, environment: Environment, ends_at: float) -> None:
        while not queue.is_empty and time.monotonic() < ends_at:
            if not queue.visible:
                await asyncio.sleep(0.05)
                continue
            await queue.deliver(environment, self.plan.largest_batch)

    async def guard_runs(self, place: int) -> None:
        while not self.is_over:
            await self.run_guard(place, self.chance.choice((SCHEDULE, self.alarm_message())))
            await asyncio.sleep(self.chance.uniform(0.5, 2.5))

    async def run_guard(self, place: int, payload: bytes) -> Invocation:
        self.played.guard_runs += 1
        return await self.environments["guard"][place].invoke(Invocation(payload))

    def alarm_message(self) -> bytes:
        name = f"{PREFIX}domain/{NEWS.domain}/bounce/critical"
        alarm = {"AlarmName": name, "AlarmArn": f"arn:aws:cloudwatch:eu-central-1:111122223333:alarm:{name}", "NewStateValue": "ALARM",
                 "OldStateValue": "OK", "NewStateReason": "r", "StateChangeTime": "2026-10-06T07:15:12.345+0000", "Trigger": {}}  # fmt: skip
        sns = {"Type": "Notification", "MessageId": "m", "TopicArn": "t", "Message": json.dumps(alarm)}
        return json.dumps({"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": "s", "Sns": sns}]}).encode()

    async def import_runs(self) -> None:
        while not self.is_over:
            await self.environments["suppress"][2].invoke(Invocation(SCHEDULE))
            await asyncio.sleep(self.chance.uniform(0.5, 2.0))

    async def kill(self) -> None:
        began = time.monotonic()
        for function, place, after in self.plan.kills:
            await asyncio.sleep(max(0, began + after - time.monotonic()))
            await self.environments[function][place].kill()

    async def act(self) -> None:
        """What operators do meanwhile, in the console: straight to AWS."""
        began = time.monotonic()
        for act in self.plan.acts:
            await asyncio.sleep(max(0, began + act.after - time.monotonic()))
            match act.act:
                case "resume_paused_set":
                    await self.resume()
                case "add_entry":
                    await self.put_entry(f"vip-{self.plan.seed}@quiet.example.net", "COMPLAINT", "add_entry")
                case "remove_entry":
                    address = f"old-{self.plan.seed}@quiet.example.net"
                    await self.world.ses("DELETE", f"/v2/email/suppression/addresses/{address.replace('@', '%40')}")
                    self.played.acts.append(("remove_entry", address))
                case "false_alarm_of_domain":
                    await self.set_in_alarm(f"domain/{SHOP.domain}/bounce/critical")
                case "false_alarm_of_account":
                    await self.set_in_alarm("account/all/bounce/critical")
                case "pause_healthy_set":
                    await self.switch(SHOP.configuration_set, on=False)

    async def resume(self) -> None:
        """Waits for a pause, and ends it."""
        for _ in range(60):
            if not await self.world.sends(NEWS.configuration_set):
                await self.switch(NEWS.configuration_set, on=True)
                return
            await asyncio.sleep(0.1)

    async def switch(self, name: str, *, on: bool) -> None:
        await self.world.ses("PUT", f"/v2/email/configuration-sets/{name}/sending", {"SendingEnabled": on})
        self.played.acts.append(("resume" if on else "pause", name))
        # The number of guard's calls by then: later ones must respect it.
        self.played.acts.append((f"calls before {name}", str(len(self.weather.effects))))

    async def set_in_alarm(self, name: str) -> None:
        set_state = self.world.clients["cloudwatch"].set_alarm_state
        await asyncio.to_thread(set_state, AlarmName=PREFIX + name, StateValue="ALARM", StateReason="set by hand")
        self.played.acts.append(("false_alarm", name))

    # ------------------------------------------------------------------- the calm

    async def calm(self, queues: dict[str, Queue]) -> None:
        """Nothing goes wrong any more. New environments do what is left."""
        self.weather.is_on = False
        await asyncio.gather(*(environment.kill() for environment in self.all()))
        for function, queue in queues.items():
            while not queue.is_empty:
                await queue.deliver(self.environments[function][0], self.plan.largest_batch)
        for _ in range(CALM_RUNS):
            await self.environments["suppress"][2].invoke(Invocation(SCHEDULE))
            if not await self.waits():
                break
            await asyncio.sleep(CALM_PAUSE_SECONDS)
        before = -1
        for run in range(8):
            before = self.of_guard()
            ended = await self.run_guard(run % 2, SCHEDULE)
            if run > 0 and ended.end == "answered" and self.of_guard() == before:
                break

    def of_guard(self) -> int:
        return Counter(effect.function for effect in self.weather.effects)["guard"]

    async def waits(self) -> bool:
        """Whether anything still waits in the bucket."""
        files = await self.world.files()
        return any(not key.startswith(FINAL_FILES) and key.endswith(".ndjson") for key in files)
