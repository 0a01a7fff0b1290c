"""Tries a release of ses-warden in your AWS account, writes a report, and removes everything again."""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from warden_check import account, alarm_questions, imports, set_questions, stack_questions
from warden_check.report import NO, OPEN, SKIPPED, Answer, Report
from warden_check.world import Trouble, Unanswered, World, session, unpacked_command

PLAN = """\
This tries ses-warden in {region}, and removes everything again:
  a stack {stack}: three functions that only observe, queues, topics, alarms, a dashboard, a bucket
  a configuration set {name}, connected, and its sending switched off and on
  {drill}
  {imports}
It costs a few cents and takes some ten minutes. Your own configuration sets, identities, sending
and suppression list are not touched. The report masks account ids and addresses.
"""


def main() -> None:
    arguments = parsed()
    # Whoever ends it, by whatever signal, finds everything removed.
    for name in ("SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), lambda *_: sys.exit(130))
    with tempfile.TemporaryDirectory() as folder:
        try:
            world = prepared(arguments, Path(folder))
            status = check(world, arguments)
        except (Trouble, BotoCoreError, ClientError) as error:
            sys.exit(f"aws-check: {error}")
    sys.exit(status)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="aws-check", description=__doc__)
    parser.add_argument("--release", type=Path, help="folder of the release (where this program lies)")
    parser.add_argument("--region", help="Region to try it in (AWS_REGION)")
    parser.add_argument("--profile", help="profile of the AWS CLI")
    parser.add_argument("--stack", default="ses-warden-check", help="name of the stack (ses-warden-check)")
    parser.add_argument("--architecture", choices=("arm64", "x86_64"), help="processor of the functions")
    parser.add_argument("--identity", help="verified address or domain to send four mails to SES's simulator from")
    parser.add_argument("--import-job", action="store_true", help="put one address of example.com on the suppression "
                        "list by an import job, and take it off again")  # fmt: skip
    parser.add_argument("--command", type=Path, help="the command ses-warden (the release's own)")
    parser.add_argument("--report", type=Path, default=Path("ses-warden-check.md"), help="file of the report")
    parser.add_argument("--patience", type=float, default=180, metavar="S", help="seconds to wait for each (180)")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    return parser.parse_args()


def prepared(arguments: argparse.Namespace, folder: Path) -> World:
    of = session(arguments.region, arguments.profile)
    if not of.region_name:
        raise Trouble("Say --region, or set AWS_REGION.")
    # A program within a zip lies in the folder of the zip.
    release = arguments.release or Path(__file__).resolve().parents[1].parent
    if not (release / "install.sh").exists():
        raise Trouble(f"{release} is no release: it has no install.sh. Say --release FOLDER.")
    name = next((release / "ses-warden.template.yaml").open()).strip("# \n")
    world = World(
        release=release, region=of.region_name, stack=arguments.stack, identity=arguments.identity,
        patience=arguments.patience, architecture=arguments.architecture,
        command=arguments.command or unpacked_command(release, folder),
        report=Report("ses-warden on AWS"), session=of,
    )  # fmt: skip
    world.report.fact("release", name)
    world.report.fact("time", time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()))
    return world


def check(world: World, arguments: argparse.Namespace) -> int:
    account.is_free(world)
    account.facts(world)
    print(plan(world, arguments))
    if not arguments.yes and input("Go on? [y/N] ").strip().lower() not in ("y", "yes"):
        print("Nothing was changed.")
        return 3
    before = account.snapshot(world)
    try:
        for code, question, needs in questions(world, arguments):
            ask(world, code, question, needs)
    except KeyboardInterrupt:
        print("Interrupted; removing what was made.")
    finally:
        # A second signal must not leave half of it behind, or no report.
        for name in ("SIGTERM", "SIGHUP"):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
        ask(world, "removed", lambda _: account.clean(world, before), (), "Everything is gone, and the account as it was")
        arguments.report.write_text(world.report.markdown())
        print(f"\nReport: {arguments.report}")
    return 1 if world.report.failed() else 0


def plan(world: World, arguments: argparse.Namespace) -> str:
    drill = f"four mails from {world.identity} to SES's mailbox simulator" if world.identity else (
        "no mail: --identity names a verified address or domain that may send four to SES's simulator"
    )
    job = "one address of example.com on the suppression list for some minutes" if arguments.import_job else (
        "no import job: --import-job tries one"
    )
    return PLAN.format(region=world.region, stack=world.stack, name=world.name, drill=drill, imports=job)


def questions(world: World, arguments: argparse.Namespace) -> Iterator[tuple[str, Callable, tuple[str, ...]]]:
    """Code, question, and the codes that it makes no sense without."""
    yield "deploys", stack_questions.deploys, ()
    yield "dashboard", stack_questions.keeps_dashboard_variables, ("deploys",)
    yield "functions", stack_questions.functions_run, ("deploys",)
    yield "connects", set_questions.connects, ("deploys",)
    yield "second-plan", set_questions.second_plan_is_empty, ("connects",)
    yield "switch", set_questions.switch_reads_back, ("connects",)
    yield "empty-series", alarm_questions.an_empty_series_counts_as_nothing, ("deploys",)
    if world.identity:
        yield "drill", alarm_questions.mail_comes_back, ("connects",)
        yield "suppress", alarm_questions.suppress_saw_the_drill, ("drill",)
    yield "guard", alarm_questions.guard_notifies, ("connects",)
    if arguments.import_job:
        yield "import", imports.ses_reads_the_bucket, ("deploys",)
    yield "permissions", stack_questions.no_refusals_in_logs, ("deploys",)


def ask(world: World, code: str, question: Callable, needs: tuple[str, ...], words: str | None = None) -> None:
    words = words or " ".join(question.__doc__.split()).rstrip(".")
    print(f"{code:<14}{words} ... ", end="", flush=True)
    began = time.monotonic()
    answers = {answer.code: answer.answer for answer in world.report.answers}
    missing = [need for need in needs if answers.get(need) in (None, NO, SKIPPED)]
    try:
        if missing:
            answer, evidence = SKIPPED, [f"needs {', '.join(missing)}"]
        else:
            answer, evidence = question(world)
    except Unanswered as error:
        answer, evidence = OPEN, [str(error)]
    except (Trouble, BotoCoreError, ClientError, LookupError, ValueError) as error:
        answer, evidence = NO, [f"{type(error).__name__}: {error}"]
    print(answer, flush=True)
    seconds = time.monotonic() - began
    world.report.answers.append(Answer(code, words, answer, [line for line in evidence if line], seconds))


if __name__ == "__main__":
    main()
