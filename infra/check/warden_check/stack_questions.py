"""Does the stack deploy, and do its parts do what their roles must allow?"""

import json
import time

from botocore.exceptions import ClientError

from warden_check.report import NO, OPEN, YES
from warden_check.world import Unanswered, World

FUNCTIONS = ("suppress", "metrics", "guard")
SCHEDULED = {
    "version": "0", "id": "00000000-0000-0000-0000-000000000000", "detail-type": "Scheduled Event",
    "source": "aws.events", "account": "000000000000", "time": "2026-01-01T00:00:00Z", "region": "eu-west-1",
    "resources": [], "detail": {},
}  # fmt: skip
# What each function is invoked with by hand: nothing to do, but the whole way there.
NOTHING_TO_DO = {"suppress": SCHEDULED, "metrics": {"Records": []}, "guard": SCHEDULED}
REFUSALS = ("AccessDenied", "not authorized", "UnauthorizedOperation")


def deploys(world: World):
    """CloudFormation takes the template and makes all of it (audit A1, A2)."""
    said = world.install("--mode", "observe", "--parameter", "LogLevel=debug", *options(world))
    cloudformation = world.client("cloudformation")
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=world.stack)
    resources = [summary for page in pages for summary in page["StackResourceSummaries"]]
    by_status: dict[str, int] = {}
    for resource in resources:
        by_status[resource["ResourceStatus"]] = by_status.get(resource["ResourceStatus"], 0) + 1
    return YES, [said.strip().splitlines()[-1], f"{len(resources)} resources: {by_status}"]


def options(world: World) -> list[str]:
    chosen = ["--architecture", world.architecture] if world.architecture else []
    # No name of ours in a namespace that an installation of the same account counts in.
    return [*chosen, "--parameter", f"MetricNamespace=SesWardenCheck{world.suffix}"]


def keeps_dashboard_variables(world: World):
    """`${PROP('...')}` reaches the dashboard through Fn::Sub and the transform."""
    body = world.client("cloudwatch").get_dashboard(DashboardName=world.stack)["DashboardBody"]
    json.loads(body)
    found = sorted({body[at : at + 24] for at in places(body, "PROP(")})
    if not found:
        return OPEN, ["the dashboard has no PROP label"]
    bare = [at for at in places(body, "PROP(") if body[at - 2 : at] != "${"]
    return (NO if bare else YES), [f"{len(body)} bytes, {found}"]


def places(text: str, word: str) -> list[int]:
    found, at = [], text.find(word)
    while at >= 0:
        found.append(at)
        at = text.find(word, at + 1)
    return found


def functions_run(world: World):
    """Each function starts, and does a round with nothing to do, within its role."""
    functions = world.client("lambda")
    evidence, failed = [], False
    began = int(time.time() * 1000)
    for function in FUNCTIONS:
        answer = functions.invoke(
            FunctionName=f"{world.stack}-{function}", Payload=json.dumps(NOTHING_TO_DO[function]).encode()
        )
        payload = answer["Payload"].read().decode(errors="replace")
        failed |= "FunctionError" in answer
        evidence.append(f"{function}: {answer.get('FunctionError', 'ok')} {payload[:500]}")
    evidence += refusals(world, began)
    return (NO if failed or len(evidence) > len(FUNCTIONS) else YES), evidence


def refusals(world: World, since: int) -> list[str]:
    """Lines of the functions' logs that speak of a missing permission."""
    logs = world.client("logs")
    found = []
    for function in FUNCTIONS:
        group = f"/aws/lambda/{world.stack}-{function}"
        try:
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since)
            lines = [event["message"] for page in pages for event in page["events"]]
        except ClientError as error:
            raise Unanswered(f"the log {group} cannot be read: {error}") from error
        found += [f"{function}: {line.strip()[:500]}" for line in lines if any(word in line for word in REFUSALS)]
    return found


def no_refusals_in_logs(world: World):
    """All in all no function met a permission that its role lacks."""
    found = refusals(world, int(world.report.began * 1000))
    return (NO if found else YES), found
