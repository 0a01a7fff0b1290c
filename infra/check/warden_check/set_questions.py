"""Does `connect` take hold, and how soon does AWS show what was switched?"""

import json

from warden_check.report import NO, YES
from warden_check.world import World

READS = 20


def connects(world: World):
    """`connect apply` on a new configuration set: destination, reputation metrics, alarms, read back."""
    ses = world.client("sesv2")
    ses.create_configuration_set(ConfigurationSetName=world.name)
    said = world.ses_warden("connect", "apply", "--yes", *words(world))
    evidence = [said.strip()[-1_500:]]
    destinations = ses.get_configuration_set_event_destinations(ConfigurationSetName=world.name)["EventDestinations"]
    topics = [d.get("SnsDestination", {}).get("TopicArn") for d in destinations if d["Enabled"]]
    types = sorted({kind for d in destinations for kind in d["MatchingEventTypes"]})
    reputation = ses.get_configuration_set(ConfigurationSetName=world.name)["ReputationOptions"]
    alarms = world.alarms(f"{world.stack}/configuration-set/{world.name}/")
    evidence += [
        f"destinations to {topics}, events {types}", f"reputation {reputation}",
        f"alarms {sorted(alarm['AlarmName'] for alarm in alarms)}",
    ]  # fmt: skip
    right = (
        world.outputs()["FeedbackTopicArn"] in topics
        and reputation.get("ReputationMetricsEnabled")
        and len(alarms) == 4
        and not {"OPEN", "CLICK"} & set(types)
    )
    return (YES if right else NO), evidence


def words(world: World) -> tuple[str, ...]:
    return ("--stack", world.stack, "--region", world.region, "--set", world.name, "--no-domains")


def second_plan_is_empty(world: World):
    """A second plan finds nothing to do: AWS shows what was made as it was asked for."""
    said = world.ses_warden("connect", "plan", "--json", *words(world))
    counts = json.loads(said.splitlines()[-1]).get("counts", {})
    changes = {name: count for name, count in counts.items() if name in ("create", "change", "remove") and count}
    return (NO if changes else YES), [str(counts)]


def switch_reads_back(world: World):
    """After its sending switch is turned, GetConfigurationSet shows it, and goes on showing it."""
    ses = world.client("sesv2")
    evidence, right = [], True
    for on in (False, True):
        ses.put_configuration_set_sending_options(ConfigurationSetName=world.name, SendingEnabled=on)

        def shown() -> bool:
            options = ses.get_configuration_set(ConfigurationSetName=world.name)["SendingOptions"]
            return options["SendingEnabled"] is on

        found, seconds = world.wait(shown)
        again = sum(shown() for _ in range(READS))
        evidence.append(f"{'on' if on else 'off'}: shown after {seconds:.1f} s, then by {again} of {READS} reads")
        right &= bool(found) and again == READS
    return (YES if right else NO), evidence
