"""The account before and after, and how the check leaves nothing behind."""

import hashlib
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from warden_check.report import NO, YES
from warden_check.world import Trouble, World

# What answers that a thing is not there.
ABSENT = ("NotFound", "NoSuch", "DoesNotExist", "ResourceNotFound", "404", "ValidationError")

# How a call, or what reads its answer, fails besides by AWS's own word.
BROKEN = (BotoCoreError, OSError, LookupError, ValueError)


def facts(world: World) -> None:
    """What explains an answer: Region, sandbox, limits."""
    report = world.report
    report.fact("Region", world.region)
    report.fact("caller", world.client("sts").get_caller_identity()["Arn"])
    account = world.client("sesv2").get_account()
    report.fact("SES", f"sandbox {not account['ProductionAccessEnabled']}, sending {account['SendingEnabled']}, "
                       f"{account.get('EnforcementStatus')}, {account.get('SendQuota')}")  # fmt: skip
    report.fact("Lambda's concurrency", concurrency(world))


def concurrency(world: World) -> str:
    try:
        limits = world.client("lambda").get_account_settings()["AccountLimit"]
    except ClientError as error:
        return f"not read: {error.response['Error']['Code']}"
    return f"{limits['ConcurrentExecutions']}, {limits['UnreservedConcurrentExecutions']} unreserved"


def snapshot(world: World) -> dict[str, object]:
    """What the check must leave as it was."""
    ses = world.client("sesv2")
    account = ses.get_account()
    return {
        "sending": account["SendingEnabled"],
        "suppressed reasons": account.get("SuppressionAttributes"),
        "configuration sets": sorted(world.listed("list_configuration_sets", "ConfigurationSets")),
        "suppression list": suppressed(ses),
        "alarms": sorted(alarm["AlarmName"] for alarm in world.alarms("")),
        "buckets": sorted(bucket["Name"] for bucket in world.client("s3").list_buckets()["Buckets"]),
        "queues": sorted(world.client("sqs").list_queues(QueueNamePrefix=world.stack).get("QueueUrls", [])),
    }


def suppressed(ses) -> str:
    """The first page: enough to see that nothing was added, without reading a million addresses."""
    page = ses.list_suppressed_destinations(PageSize=1000)
    entries = page["SuppressedDestinationSummaries"]
    return f"{len(entries)} entries on its first page, {hash_of(sorted(e['EmailAddress'] for e in entries))}"


def hash_of(addresses: list[str]) -> str:
    return hashlib.sha256("\n".join(addresses).encode()).hexdigest()[:12]


def is_free(world: World) -> None:
    """The check never touches a stack that it did not make.

    :raises Trouble: when there is one of its name.
    """
    try:
        world.client("cloudformation").describe_stacks(StackName=world.stack)
    except ClientError:
        return
    raise Trouble(
        f"There is a stack {world.stack} already. If an earlier check left it, remove it with "
        f"'install.sh --remove --stack {world.stack}'; else choose another name with --stack."
    )


def clean(world: World, before: dict[str, object]) -> tuple[str, list[str]]:
    """Removes all that the check made, whatever happened, and compares the account with `before`."""
    evidence: list[str] = []
    bucket = retained_bucket(world)

    def attempt(what: str, act: Callable[[], object]) -> None:
        try:
            act()
        except ClientError as error:
            if not any(word in error.response["Error"]["Code"] for word in ABSENT):
                evidence.append(f"{what}: {error}")
        except (Trouble, *BROKEN) as error:
            # A network that is gone for a moment must not keep the rest from being removed.
            evidence.append(f"{what}: {type(error).__name__}: {error}")

    ses, cloudwatch, s3 = world.client("sesv2"), world.client("cloudwatch"), world.client("s3")
    attempt("install.sh --remove", lambda: world.install("--remove"))
    attempt("the stack", lambda: delete_stack(world))
    attempt("the configuration set", lambda: ses.delete_configuration_set(ConfigurationSetName=world.name))
    attempt("the alarms", lambda: delete_alarms(world, cloudwatch))
    for name in {bucket, world.code_bucket} - {None} - set(before["buckets"]):
        attempt(f"the bucket {name}", lambda name=name: delete_bucket(s3, name))
    try:
        after = snapshot(world)
    except (ClientError, *BROKEN) as error:
        return NO, [*evidence, f"the account cannot be read: {error}"]
    evidence += [
        f"{what}: {before[what]} before, {after[what]} after" for what in before if before[what] != after[what]
    ]
    return (NO if evidence else YES), evidence


def delete_stack(world: World) -> None:
    """Where install.sh failed to."""
    cloudformation = world.client("cloudformation")
    cloudformation.describe_stacks(StackName=world.stack)
    cloudformation.delete_stack(StackName=world.stack)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=world.stack)


def retained_bucket(world: World) -> str | None:
    try:
        return world.outputs().get("SuppressBucketName")
    except (ClientError, *BROKEN):
        return None


def delete_alarms(world: World, cloudwatch) -> None:
    """Those of the check's own prefixes; connect has removed its own unless it failed."""
    names = [a["AlarmName"] for prefix in (f"{world.stack}/", world.name) for a in world.alarms(prefix)]
    for start in range(0, len(names), 100):
        cloudwatch.delete_alarms(AlarmNames=names[start : start + 100])


def delete_bucket(s3, name: str) -> None:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=name)
    keys = [{"Key": entry["Key"]} for page in pages for entry in page.get("Contents", [])]
    for start in range(0, len(keys), 1_000):
        s3.delete_objects(Bucket=name, Delete={"Objects": keys[start : start + 1_000]})
    s3.delete_bucket(Bucket=name)
