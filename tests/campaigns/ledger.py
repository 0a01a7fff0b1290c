"""The ledger: what a campaign put in, and what must have come of it.

It is written from the story and from what people did, and compared with AWS. Nothing in it comes from
the product's code: not its classes, not its policy, not its counts.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator

from campaign import Played
from formulas import LEAST_BOUNCES, LEAST_MAILS, PAUSE_RATE, address_id, lower_bound, notice_of
from gateway import sending_of
from story import NEWS, SHOP, Mail, mailbox_of
from warden_local.cast import NO_DMARC, REPUTATION
from world import Published, World

# Of a bounced or complained recipient: the metric that counts it.
COUNTED = {"Permanent": "BounceHard", "Transient": "BounceSoft"}
BY_SET = ("Send", "BounceHard", "Complaint")
JOURNAL_CALLS = ("PutItem", "Query", "BatchGetItem", "GetSecretValue", "PutMetricData")
RESCUED = "suppress/rescue/eu-central-1/rescued/"

Series = tuple[str, tuple[str, ...]]


class Ledger:
    """Compares one campaign with what AWS shows at its end."""

    def __init__(self, played: Played, world: World) -> None:
        self.played, self.world = played, world
        mails = {recipient: mail for mail in played.story.mails for recipient in mail.recipients}
        self.mails: dict[str, Mail] = mails

    async def violations(self) -> list[str]:
        """Returns each departure, as a sentence."""
        listed, files, items = await self.world.listed(), await self.world.files(), await self.world.items()
        found = [
            *self.deliveries(),
            *self.list_entries(listed, files),
            *self.rescues(listed, files),
            *await self.sums(),
            *await self.journal(items),
            *await self.switches(),
            *self.notices(items, await self.world.episodes()),
            *self.leaks(items),
        ]
        return found

    # ----------------------------------------------------------------- deliveries

    def deliveries(self) -> Iterator[str]:
        """Every message ended once: done, or a dead letter if it is poison."""
        for function, queue in self.played.queues.items():
            if not queue.is_empty:
                yield f"{function}: {len(queue.visible)} messages are still in the queue"
            dead = Counter(message.key for message in queue.dead)
            for key in sorted(dead):
                if not key.startswith("broken-"):
                    yield f"{function}: {key} is a dead letter"
            for number in range(3):
                if dead[f"broken-{number}"] != 1:
                    yield f"{function}: broken-{number} is {dead[f'broken-{number}']} dead letters, not 1"
            done = Counter(message.key for message in queue.done)
            for number in range(3):
                if not done[f"harmless-{number}"]:
                    yield f"{function}: harmless-{number} was not ignored"

    def is_done(self, function: str, key: str) -> bool:
        return any(message.key == key for message in self.played.queues[function].done)

    # ----------------------------------------------------------- the suppression list

    def expected_list(self) -> dict[str, str]:
        """Returns the addresses that must be listed, with their reasons."""
        expected = {}
        for event in self.played.events:
            if event.kind not in ("Bounce", "Complaint") or not self.is_done("suppress", event.key):
                continue
            [recipient] = event.recipients
            reason = "COMPLAINT" if event.key.startswith("Complaint-made") else mailbox_of(recipient).suppressed
            if reason and expected.get(recipient) != "COMPLAINT":
                expected[recipient] = reason
        for act, address in self.played.acts:
            if act == "add_entry":
                expected[address] = "COMPLAINT"
            elif act in ("listed_before", "put_entry_of_candidate"):
                expected[address] = "BOUNCE"
            elif act == "remove_entry":
                expected.pop(address, None)
        return expected

    def candidates(self) -> set[str]:
        """Returns the addresses that bounce because of the sender."""
        return {recipient for recipient in self.mails if recipient.partition("@")[2] in (NO_DMARC, REPUTATION)}

    def list_entries(self, listed: dict[str, str], files: dict[str, str]) -> Iterator[str]:
        expected = self.expected_list()
        for address, reason in sorted(expected.items()):
            if listed.get(address) != reason:
                yield f"{address} must be listed for {reason}, and is {listed.get(address)}"
        # SES's own entries, which ses-warden did not make.
        by_ses = set()
        if self.played.plan.rescues:
            by_ses = {r for r in self.mails if "BounceHard" in mailbox_of(r).counts or mailbox_of(r).suppressed}
        for address in sorted(listed.keys() - expected.keys() - by_ses):
            yield f"{address} is listed for {listed[address]}, and nothing asked for that"
        for key, text in sorted(files.items()):
            if key.startswith("suppress/eu-central-1/") and key.endswith(".ndjson"):
                yield f"{key} still waits in the bucket with {len(text.splitlines())} addresses"

    def rescues(self, listed: dict[str, str], files: dict[str, str]) -> Iterator[str]:
        """What SES listed for the sender's fault is off the list; nothing else was taken off it."""
        plan, acts = self.played.plan, dict(self.played.acts)
        by_hand = {address for act, address in self.played.acts if act == "put_entry_of_candidate"}
        lines = [json.loads(line) for key, text in files.items() if key.startswith(RESCUED) for line in text.splitlines()]
        recorded = Counter(line["address"] for line in lines)
        for address in sorted(recorded.keys() - (self.candidates() if plan.rescues else set())):
            yield f"{address} was rescued, and SES had not listed it for the sender's fault"
        for effect in self.played.weather.effects:
            if effect.operation == "DeleteSuppressedDestination":
                address = effect.path.rsplit("/", 1)[1].partition("?")[0]
                if address not in recorded:
                    yield f"{address} was taken off the list without a record of it"
        for address in sorted(by_hand & recorded.keys()):
            yield f"{address} was rescued, but a person had listed it"
        waits = acts.get("pause") == SHOP.configuration_set
        if plan.rescues and not waits:
            for address in sorted(self.candidates() - by_hand):
                if address in listed:
                    yield f"{address} is still listed, and the sender was to blame"

    # ------------------------------------------------------------------- the journal

    async def journal(self, items: list[dict]) -> list[str]:
        """Each decision is in the journal once, unless the journal could not be used. suppress counts
        that, and the count may be harmed itself."""
        harmed = any(harm.function == "suppress" and harm.operation in JOURNAL_CALLS for harm in self.played.weather.done)
        harmed = harmed or await self.world.sum_of("JournalFailed", {}) > 0
        known = Counter(item["pk"] for item in items)
        done = [e for e in self.played.events if e.kind in ("Bounce", "Complaint") and self.is_done("suppress", e.key)]
        missing = [e.key for e in done if not known[f"address#{address_id(e.recipients[0])}"]]
        found = [f"the journal has no decision about {key}" for key in missing if not harmed]
        for address in self.mails:
            # One bounce, one complaint at most, and an open count.
            if (count := known[f"address#{address_id(address)}"]) > 3:
                found.append(f"the journal has {count} items about {address}")
        return found

    # ------------------------------------------------------------------- the metrics

    def counts_of(self, event: Published) -> Iterator[tuple[str, int]]:
        if event.kind in ("Send", "Delivery"):
            yield event.kind, len(event.recipients)
        elif event.kind == "Bounce":
            for recipient in event.recipients:
                kind = json.loads(event.text)["bounce"]["bounceType"]
                yield COUNTED[kind], 1
        elif event.key.startswith("Complaint-made") or mailbox_of(event.recipients[0]).suppressed:
            yield "Complaint", 1

    def series_of(self, event: Published) -> Iterator[tuple[Series, int]]:
        sender = self.mails[event.recipients[0]].sender
        if event.key.startswith("Complaint-made"):
            # Made of another's event, whose sender it keeps.
            domain = json.loads(event.text)["mail"]["tags"]["ses:from-domain"][0]
            sender = next(one for one in (SHOP, NEWS) if one.domain == domain)
        for metric, count in self.counts_of(event):
            yield (metric, ()), count
            yield (metric, (sender.domain,)), count
            if metric in BY_SET:
                yield (metric, (sender.domain, sender.configuration_set)), count

    async def sums(self) -> list[str]:
        """Every sum is at least what was acknowledged, and at most what METRICS.md allows."""
        least, most = Counter(), Counter()
        allowed = self.allowed()
        for event in self.played.events:
            for series, count in self.series_of(event):
                least[series] += count if self.is_done("metrics", event.key) else 0
                most[series] += count * max(1, allowed[event.key])
        self.read = {series: await self.sum_of(*series) for series in least}
        return [
            f"{metric} of {'/'.join(names) or 'all'} is {self.read[metric, names]:g}, not between {least[metric, names]} and {most[metric, names]}"
            for metric, names in sorted(least)
            if not least[metric, names] <= self.read[metric, names] <= most[metric, names]
        ]

    def allowed(self) -> Counter:
        """Returns how often each event may be counted at most: once in each process that CloudWatch took
        it from, and once more for each call whose answer was lost."""
        places, uncertain = defaultdict(set), Counter()
        if self.played.plan.counts_exactly:
            return Counter()
        for invocation in self.played.queues["metrics"].invocations:
            for key in invocation.events:
                if invocation.applied:
                    places[key].add((invocation.slot, invocation.incarnation))
                    uncertain[key] += invocation.uncertain
        return Counter({key: len(places[key]) + uncertain[key] for key in places})

    async def sum_of(self, metric: str, names: tuple[str, ...]) -> float:
        return await self.world.sum_of(metric, dict(zip(("Domain", "ConfigurationSet"), names)))

    # ------------------------------------------------------------------- the switches

    def switched(self) -> list[tuple[int, str, bool, str]]:
        """Returns what the functions switched: place among all effects, what, whether on, by whom."""
        effects = self.played.weather.effects
        return [(n, *sending_of(effect), effect.function) for n, effect in enumerate(effects) if effect.operation.startswith("Put") and "Sending" in effect.operation]

    async def switches(self) -> list[str]:
        found, acts = [], self.played.acts
        for _, name, on, function in self.switched():
            if on:
                found.append(f"{function} resumed {name}, and nobody had asked for that")
            elif name != NEWS.configuration_set or not self.has_cause():
                found.append(f"{function} paused {name} without a cause")
        marks = [int(count) for act, count in acts if act == f"calls before {NEWS.configuration_set}"]
        for number, name, on, _ in self.switched():
            if marks and number >= marks[0] and name == NEWS.configuration_set and not on:
                found.append(f"guard paused {name} again after an operator resumed it")
        by_hand = {name: act == "resume" for act, name in acts if act in ("resume", "pause")}
        # Also where later counts proved less: a pause stays until a person ends it.
        was_paused = any(name == NEWS.configuration_set and not on for _, name, on, _ in self.switched())
        must_pause = self.proves_a_pause() or was_paused
        for name in (SHOP.configuration_set, NEWS.configuration_set, "account"):
            expected = by_hand.get(name, not (must_pause and name == NEWS.configuration_set))
            if (sends := await self.world.sends(name)) != expected:
                found.append(f"{name} {'sends' if sends else 'is paused'}, and must {'send' if expected else 'be paused'}")
        return found

    def has_cause(self) -> bool:
        """Whether the newsletter bounced so much, or was counted so, which METRICS.md allows."""
        counted = self.read.get(("BounceHard", (NEWS.domain, NEWS.configuration_set)), 0)
        self.played.known["a pause for counts that came twice"] = not self.played.plan.is_bad and counted >= LEAST_BOUNCES
        return self.played.plan.is_bad or counted >= LEAST_BOUNCES

    def proves_a_pause(self) -> bool:
        """Whether the sums in CloudWatch prove a rate that must be paused for; a false alarm or a count
        that came twice may hide it, and the sums have a check of their own."""
        names = (NEWS.domain, NEWS.configuration_set)
        bounces, sends = self.read.get(("BounceHard", names), 0), self.read.get(("Send", names), 0)
        return bounces >= LEAST_BOUNCES and sends >= LEAST_MAILS and lower_bound(bounces, sends) > PAUSE_RATE

    # -------------------------------------------------------------------- the notices

    def notices(self, items: list[dict], episodes: Counter) -> Iterator[str]:
        """Operators know of each pause, and the same thing never came with two ids."""
        sent = [notice_of(effect) for effect in self.played.weather.effects if effect.operation == "Publish"]
        same: dict[tuple[str, str], set[str]] = defaultdict(set)
        for notice in sent:
            same[notice.get("action", ""), notice.get("alarm", "")].add(notice.get("id", ""))
        for (action, alarm), ids in sorted(same.items()):
            if alarm and len(ids) > episodes[alarm]:
                yield f"operators were notified of {action} of {alarm} with {len(ids)} ids: {sorted(ids)}"
        paused = {name for _, name, on, _ in self.switched() if not on}
        said = {notice.get("id") for notice in sent if notice.get("action") == "paused_sets"}
        if paused and not said:
            yield f"{sorted(paused)} were paused, and no notice says so"
        if said and not paused:
            yield "a notice speaks of a pause that was not made"
        if len(said) > 1:
            yield f"one pause was notified of with {len(said)} ids: {sorted(said)}"
        history = [item for item in items if item["pk"] == "history" and item.get("event") == "pause"]
        if len(history) != len(paused):
            yield f"the history has {len(history)} pauses, not {len(paused)}"

    # ------------------------------------------------------------------------- leaks

    def leaks(self, items: list[dict]) -> Iterator[str]:
        """No address, subject or body in logs, the journal, notices, metrics or the names of files."""
        texts = {log.name: log.read_text(errors="replace") for log in self.played.logs if log.exists()}
        texts["the journal"] = json.dumps(items)
        for effect in self.played.weather.effects:
            if effect.operation in ("Publish", "PutMetricData"):
                texts[effect.operation] = texts.get(effect.operation, "") + effect.body.decode(errors="replace")
        secrets = [f"person-{self.played.plan.seed}-", f"vip-{self.played.plan.seed}", "Campaign subject", "Campaign body"]
        for place, text in texts.items():
            for secret in secrets:
                if secret in text:
                    yield f"{secret} is in {place}"
