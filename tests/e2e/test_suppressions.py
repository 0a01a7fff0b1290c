"""`ses-warden suppressions` against local-ses, with botocore as the second reader of every change."""

import csv
import hashlib
import json
import re
import subprocess
import time
from pathlib import Path

import pytest

from warden_local.command import environment
from warden_local.local_aws import ACCOUNT, REGION

FAST = ("--ses-calls-per-second", "500")
MANY = 250_000
LARGEST_JOB = 100_000
BUCKET = "suppression-jobs"
# What an export of any length may hold in memory, and by how much lengths may differ. An import holds its plan.
MOST_EXPORT_MIB, MEMORY_SLACK_MIB, MOST_IMPORT_MIB = 64, 16, 256


def figure(what, seconds, mib, calls):
    """Shown by pytest -s; docs/SUPPRESSIONS.md repeats them."""
    made = {name: count for name, count in sorted(calls.items()) if "Suppress" in name or "Import" in name}
    print(f"\nfigure: {what}: {seconds:.1f} s, {mib:.0f} MiB at most, calls since the beginning {made}")


class World:
    """The command, and SES's own view."""

    def __init__(self, aws, binary, home):
        self.aws, self.binary, self.home = aws, binary, home
        self.ses, self.s3 = aws.client("sesv2"), aws.client("s3")

    def start(self, *arguments, **variables):
        command = [self.binary, "suppressions", *map(str, arguments)]
        env = {**environment(self.aws), "HOME": str(self.home), **variables}
        return subprocess.Popen(
            command, env=env, cwd=self.home, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, *arguments, expect=0, typed="", **variables):
        """Standard output and standard error."""
        child = self.start(*arguments, **variables)
        said, complained = child.communicate(typed, timeout=300)
        assert child.returncode == expect, (child.returncode, said[-2000:], complained[-2000:])
        return said, complained

    def measured(self, *arguments, **variables):
        """Standard output and error, seconds, and the most memory that the command held, in MiB."""
        began, most = time.monotonic(), 0
        child = self.start(*arguments, **variables)
        # Its output is a few lines, which the pipes hold. Its own high-water mark, because that of its resources
        # includes this process, which it was forked from.
        while child.poll() is None:
            status = Path(f"/proc/{child.pid}/status").read_text()
            found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
            most = max(most, int(found[1])) if found else most
            time.sleep(0.02)
        seconds = time.monotonic() - began
        said, complained = child.communicate()
        assert child.returncode == 0, (said[-2000:], complained[-2000:])
        return said, complained, seconds, most / 1024

    def rows(self, *arguments, **more):
        return [json.loads(line) for line in self.run(*arguments, "--json", *FAST, **more)[0].splitlines()]

    def listed(self):
        """The list as botocore reads it, page by page."""
        entries, token = {}, {}
        while True:
            page = self.ses.list_suppressed_destinations(PageSize=1000, **token)
            for entry in page["SuppressedDestinationSummaries"]:
                assert entry["EmailAddress"] not in entries
                entries[entry["EmailAddress"]] = entry["Reason"]
            if not page.get("NextToken"):
                return entries
            token = {"NextToken": page["NextToken"]}

    def calls(self):
        return self.aws.ses_control("GET", "calls")

    def fill(self, addresses, reason=lambda number: "BOUNCE"):
        """Puts addresses on the list by import jobs, without the command."""
        for first in range(0, len(addresses), LARGEST_JOB):
            part = enumerate(addresses[first : first + LARGEST_JOB], first)
            body = "".join(f"{address},{reason(number)}\n" for number, address in part)
            self.s3.put_object(Bucket=BUCKET, Key="fill.csv", Body=body.encode())
            job = self.ses.create_import_job(
                ImportDestination={"SuppressionListDestination": {"SuppressionListImportAction": "PUT"}},
                ImportDataSource={"S3Url": f"s3://{BUCKET}/fill.csv", "DataFormat": "CSV"},
            )["JobId"]
            while self.ses.get_import_job(JobId=job)["JobStatus"] in ("CREATED", "PROCESSING"):
                time.sleep(0.1)


@pytest.fixture
def world(aws, binaries, tmp_path):
    aws.reset()
    world = World(aws, binaries["ses-warden"], tmp_path)
    world.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    # SES reads import files as itself, for this account.
    reads = {
        "Effect": "Allow", "Principal": {"Service": "ses.amazonaws.com"}, "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*", "Condition": {"StringEquals": {"aws:Referer": ACCOUNT}},
    }  # fmt: skip
    world.s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [reads]}))
    return world


def test_entries_are_listed_counted_and_found_in_every_spelling(world):
    for address, reason in [
        ("ann@example.com", "BOUNCE"),
        ("Ann@example.com", "COMPLAINT"),
        ("dept/sales@example.com", "BOUNCE"),
    ]:
        world.ses.put_suppressed_destination(EmailAddress=address, Reason=reason)
    listed = world.rows("list")
    assert [list(entry) for entry in listed] == [["EmailAddress", "Reason", "LastUpdateTime"]] * 3
    assert {entry["EmailAddress"]: entry["Reason"] for entry in listed} == world.listed()
    assert [entry["Reason"] for entry in world.rows("list", "--reason", "complaint")] == ["COMPLAINT"]
    assert world.rows("list", "--until", "2020-01-01") == []
    assert len(world.rows("list", "--limit", "2")) == 2

    [count] = world.rows("count")
    assert count == {"Region": REGION, "Bounce": 2, "Complaint": 1, "Other": 0, "Total": 3}
    table, _ = world.run("list", *FAST)
    assert table.startswith(f"account suppression list, Region {REGION}\n")
    array = json.loads(world.run("list", "--output", "json", *FAST)[0])
    assert [entry["EmailAddress"] for entry in array] == sorted(world.listed())

    found = world.rows("get", "--scan", "ANN@example.com")
    assert {entry["EmailAddress"] for entry in found} == {"ann@example.com", "Ann@example.com"}
    assert [entry["EmailAddress"] for entry in world.rows("get", "dept/sales@example.com")] == ["dept/sales@example.com"]
    assert world.rows("get", "nobody@example.com", expect=1) == []
    both = {"ann@example.com", "Ann@example.com"}
    assert {entry["EmailAddress"] for entry in world.rows("get", "ann@example.com")} == both
    asked = world.calls()["ListSuppressedDestinations"]
    assert len(world.rows("get", "--no-scan", "ann@example.com")) == 1
    assert world.calls()["ListSuppressedDestinations"] == asked
    rows = world.rows("remove", "--yes", "--complaint", "--because", "x", "ann@example.com")
    assert {row["EmailAddress"] for row in rows if row["Action"] == "removed"} == both
    assert list(world.listed()) == ["dept/sales@example.com"]


def test_a_refused_call_names_the_action_and_the_status_is_that_of_aws(world):
    denied = {"operation": "ListSuppressedDestinations", "status": 403, "code": "AccessDeniedException"}
    world.aws.ses_control("PUT", "faults", {"fail": [denied]})
    _, complained = world.run("list", *FAST, expect=5)
    world.aws.ses_control("PUT", "faults", {})
    assert "allow ses:ListSuppressedDestinations" in complained


def test_an_export_that_is_killed_goes_on_and_holds_every_entry_once(world):
    addresses = [f"u{number:06}.x@m{number % 97}.example.com" for number in range(MANY)]
    world.fill(addresses, lambda number: "COMPLAINT" if number % 10 == 0 else "BOUNCE")
    expected = hashlib.sha256()
    for address, reason in sorted(world.listed().items()):
        expected.update(f"{address},{reason}\n".encode())

    file, part = world.home / "list.ndjson", world.home / "list.ndjson.part"
    killed = 0
    while killed < 3:
        child = world.start("export", file, "--ses-calls-per-second", "60")
        before = part.stat().st_size if part.exists() else 0
        deadline = time.monotonic() + 60
        while child.poll() is None and time.monotonic() < deadline:
            if part.exists() and part.stat().st_size > before + 1_000_000:
                break
            time.sleep(0.005)
        assert child.poll() is None, child.communicate()
        child.kill()
        child.communicate()
        killed += 1
    assert not file.exists()
    # As if the process had died within a page.
    with part.open("ab") as torn:
        torn.write(b'{"EmailAddress":"half@exa')
    said, complained, seconds, rest_mib = world.measured("export", file, *FAST)
    assert f"{MANY} entries" in said and REGION in said and "going on behind" in complained
    figure("export of what was left after three kills", seconds, rest_mib, world.calls())

    found = hashlib.sha256()
    entries = [json.loads(line) for line in file.read_text().splitlines()]
    assert len(entries) == MANY
    for address, reason in sorted((entry["EmailAddress"], entry["Reason"]) for entry in entries):
        found.update(f"{address},{reason}\n".encode())
    assert found.hexdigest() == expected.hexdigest()
    assert list(world.home.glob("list.ndjson.*")) == []
    # 250 pages in all, but for the one that each kill cost at most, and what botocore read.
    pages = world.calls()["ListSuppressedDestinations"]
    assert pages <= MANY // 1000 * 2 + killed

    # In one go it takes one call a page, and no more memory than a list of a hundredth of the length.
    before = world.calls()["ListSuppressedDestinations"]
    _, _, seconds, many_mib = world.measured("export", world.home / "again.ndjson", *FAST)
    assert world.calls()["ListSuppressedDestinations"] - before == MANY // 1000
    assert (world.home / "again.ndjson").read_bytes() == file.read_bytes()
    figure(f"export of {MANY} entries in one go", seconds, many_mib, world.calls())
    since = "2020-01-01"
    _, _, _, few_mib = world.measured("export", world.home / "few.ndjson", "--since", since, "--reason", "COMPLAINT", *FAST)
    assert max(rest_mib, many_mib) < few_mib + MEMORY_SLACK_MIB and many_mib < MOST_EXPORT_MIB

    # The same list, imported into an empty account.
    world.aws.ses_control("POST", "reset")
    said, _, seconds, mib = world.measured("import", file, "--bucket", BUCKET, "--yes", "--json", *FAST)
    figure(f"import of {MANY} entries into an empty account", seconds, mib, world.calls())
    result = json.loads(said)
    assert (result["added"], result["failed"], len(result["jobs"])) == (MANY, 0, 3)
    assert mib < MOST_IMPORT_MIB
    # Comparing reads an empty list, once; each job is made once and followed to its end.
    assert world.calls()["CreateImportJob"] == 3
    again = hashlib.sha256()
    for address, reason in sorted(world.listed().items()):
        again.update(f"{address},{reason}\n".encode())
    assert again.hexdigest() == expected.hexdigest()


def test_an_export_survives_failing_calls_and_a_token_that_is_gone(world):
    world.fill([f"u{number:04}@example.com" for number in range(3_500)])
    failing = {"operation": "ListSuppressedDestinations", "status": 500, "code": "InternalFailure", "every": 2}
    world.aws.ses_control("PUT", "faults", {"fail": [failing]})
    world.run("export", world.home / "first.json", *FAST)
    world.aws.ses_control("PUT", "faults", {})
    assert len(json.loads((world.home / "first.json").read_text())) == 3_500

    file, state = world.home / "list.json", world.home / "list.json.state"
    child = world.start("export", file, "--ses-calls-per-second", "0.5")
    while not state.exists():
        assert child.poll() is None, child.communicate()
        time.sleep(0.02)
    child.kill()
    child.communicate()
    _, complained = world.run("export", file, *FAST, "--region", "eu-west-1", expect=2)
    assert "another export" in complained
    broken = {**json.loads(state.read_text()), "token": "bm8gdG9rZW4="}
    state.write_text(json.dumps(broken))
    _, complained = world.run("export", file, *FAST)
    assert "begins anew" in complained
    assert json.loads(file.read_text()) == json.loads((world.home / "first.json").read_text())


def test_a_list_of_a_tenant_is_another_list(world):
    world.ses.create_tenant(TenantName="acme")
    world.ses.put_suppressed_destination(EmailAddress="account@example.com", Reason="BOUNCE")
    tenant = ("--tenant", "acme")
    world.run("add", "--yes", *tenant, "theirs@example.com", *FAST)
    assert [entry["EmailAddress"] for entry in world.rows("list", *tenant)] == ["theirs@example.com"]
    assert world.rows("get", *tenant, "account@example.com", expect=1) == []
    table, _ = world.run("list", *tenant, *FAST)
    assert table.startswith(f"suppression list of tenant acme, Region {REGION}\n")
    world.run("remove", "--yes", "--because", "x", *tenant, "theirs@example.com", *FAST)
    assert world.rows("list", *tenant) == []
    assert list(world.listed()) == ["account@example.com"]


def test_memory_does_not_grow_with_the_list(world):
    def peak(count):
        world.fill([f"u{number:06}@example.com" for number in range(count)])
        file = world.home / f"{count}.csv"
        command = [world.binary, "suppressions", "export", file, *FAST]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        child = subprocess.Popen(command, env=environment(world.aws), cwd=world.home, **quiet)
        kilobytes = 0
        while child.poll() is None:
            # The peak since exec; rusage would count what pytest has, too.
            status = Path(f"/proc/{child.pid}/status").read_text()
            peak = re.search(r"VmHWM:\s+(\d+) kB", status)
            kilobytes = max(kilobytes, int(peak[1])) if peak else kilobytes
            time.sleep(0.01)
        assert child.returncode == 0
        assert file.read_text().count("\n") == count + 1
        return kilobytes

    small, large = peak(2_000), peak(100_000)
    print(f"peak memory of an export: {small} kB for 2,000 entries, {large} kB for 100,000")
    assert small and large - small < 8_000, f"{small} and {large} kilobytes"


def test_csv_is_no_formula_and_is_read_back(world):
    for address in ("=cmd@example.com", "+tag@example.com", "plain@example.com"):
        world.ses.put_suppressed_destination(EmailAddress=address, Reason="BOUNCE")
    file = world.home / "list.csv"
    world.run("export", file, *FAST)
    with file.open(newline="") as lines:
        cells = [row["EmailAddress"] for row in csv.DictReader(lines)]
    assert cells == ["'+tag@example.com", "'=cmd@example.com", "plain@example.com"]
    said, _ = world.run("diff", file, f"region:{REGION}", "--json", *FAST)
    assert said == ""
    world.run("export", file, *FAST, expect=2)


def test_add_and_remove_ask_note_and_never_downgrade(world):
    world.ses.put_suppressed_destination(EmailAddress="ann@example.com", Reason="COMPLAINT")
    _, complained = world.run("add", "new@example.com", *FAST, expect=2)
    assert "--yes" in complained and "new@example.com" not in world.listed()
    rows = world.rows("add", "--yes", "new@example.com", "ann@example.com", "a/b@example.com")
    assert [row["Action"] for row in rows] == ["added", "kept", "added"]
    assert world.listed() == {"ann@example.com": "COMPLAINT", "new@example.com": "BOUNCE", "a/b@example.com": "BOUNCE"}

    _, complained = world.run("remove", "--yes", "new@example.com", *FAST, expect=2)
    assert "--because" in complained
    because = ("--because", "the mailbox works again")
    arguments = ("remove", "--yes", *because, "--bucket", BUCKET, "NEW@example.com", "ann@example.com", "a/b@example.com")
    rows = {row["EmailAddress"]: row["Action"] for row in world.rows(*arguments, expect=1)}
    assert rows == {"new@example.com": "removed", "ann@example.com": "kept", "a/b@example.com": "removed"}
    assert world.listed() == {"ann@example.com": "COMPLAINT"}
    assert world.s3.list_objects_v2(Bucket=BUCKET).get("Contents", []) == []
    audit = (world.home / ".local/state/ses-warden/removals.ndjson").read_text().splitlines()
    noted = [(line["address"], line["reason"], line["because"], line["region"]) for line in map(json.loads, audit)]
    assert noted == [
        ("new@example.com", "BOUNCE", "the mailbox works again", REGION),
        ("a/b@example.com", "BOUNCE", "the mailbox works again", REGION),
    ]
    assert world.rows("remove", "--yes", "--complaint", *because, "ann@example.com")[0]["Action"] == "removed"
    assert world.listed() == {}


def test_an_import_keeps_complaints_and_leaves_open_rows_to_a_person(world):
    world.ses.put_suppressed_destination(EmailAddress="listed@example.com", Reason="COMPLAINT")
    world.ses.put_suppressed_destination(EmailAddress="upgraded@example.com", Reason="BOUNCE")
    file = world.home / "rows.csv"
    file.write_text(
        "listed@example.com,BOUNCE\nupgraded@example.com,COMPLAINT\nnew@example.com,BOUNCE\nopen@example.com,MANUAL\n"
    )
    planned = [json.loads(line) for line in world.run("import", "--plan", "--json", file, AWS_ENDPOINT_URL="http://127.0.0.1:9",
                                                      AWS_ENDPOINT_URL_SESV2="http://127.0.0.1:9")[0].splitlines()]
    assert [(row["line"], row["action"]) for row in planned] == [(1, "import"), (2, "import"), (3, "import"), (4, "review")]
    [done] = [json.loads(line) for line in world.run("import", file, "--yes", "--json", *FAST, expect=1)[0].splitlines()]
    assert (done["added"], done["changed_to_complaint"], done["kept_complaint"], done["review"]) == (1, 1, 1, 1)
    assert world.listed() == {
        "listed@example.com": "COMPLAINT", "upgraded@example.com": "COMPLAINT", "new@example.com": "BOUNCE",
    }  # fmt: skip
    world.run("import", "-", "--plan", typed=file.read_text())


def test_jobs_are_split_finished_retried_and_resumed(world):
    count = LARGEST_JOB + 500
    file = world.home / "rows.csv"
    file.write_text("".join(f"u{number}@example.com,BOUNCE\n" for number in range(count)))
    world.aws.ses_control("PUT", "import-jobs", {"fail_records_next": 7, "seconds": 3.0, "fail_next": 1})
    # Killed while SES is at the first job.
    child = world.start("import", file, "--bucket", BUCKET, "--yes", *FAST)
    while not world.ses.list_import_jobs().get("ImportJobs"):
        assert child.poll() is None, child.communicate()
        time.sleep(0.05)
    child.kill()
    child.communicate()
    [done] = [json.loads(line) for line in world.run("import", file, "--bucket", BUCKET, "--yes", "--json", *FAST)[0].splitlines()]
    assert done["failed"] == 0
    assert len(world.listed()) == count
    assert world.s3.list_objects_v2(Bucket=BUCKET).get("Contents", []) == []
    assert list(world.home.glob("*.state")) == []
    sizes = [job["ProcessedRecordsCount"] for job in world.ses.list_import_jobs()["ImportJobs"]]
    assert max(sizes) <= LARGEST_JOB


def test_only_calls_of_the_policy_are_made(world):
    from warden_local import paths

    policy = json.loads((paths.ROOT / "docs" / "suppressions-policy.json").read_text())
    allowed = {action for statement in policy["Statement"] for action in statement["Action"]}
    before = world.calls()
    world.run("add", "--yes", "a@example.com", "b/c@example.com", *FAST)
    world.run("list", *FAST)
    world.run("get", "a@example.com", *FAST)
    rows = world.home / "rows.csv"
    rows.write_text("".join(f"u{number}@example.com,BOUNCE\n" for number in range(40)))
    world.run("import", rows, "--yes", "--bucket", BUCKET, *FAST)
    world.run("remove", "--yes", "--because", "x", "--bucket", BUCKET, "a@example.com", "b/c@example.com", *FAST)
    made = {f"ses:{name}" for name, count in world.calls().items() if count > before.get(name, 0)}
    assert made == {action for action in allowed if action.startswith("ses:")}
