"""`make aws-check` against the local AWS, as far as that goes: the report, and that nothing stays."""

import re
import shutil
import subprocess
import sys

import pytest

from release import Person, localized, packaged

REGION = "eu-central-1"


@pytest.fixture(scope="module")
def person(aws, binaries, tmp_path_factory):
    aws.reset()
    dist = packaged(tmp_path_factory.mktemp("release") / "dist", binaries["ses-warden"].parent)
    aws.client("sesv2").create_email_identity(EmailIdentity="shop.example.com")
    return Person(aws, localized(dist, aws), tmp_path_factory.mktemp("home"))


def check(person, tmp_path, *options, expected):
    """Standard output, and the report."""
    report = tmp_path / "report.md"
    command = [sys.executable, person.dist / "aws-check.pyz", "--yes", "--region", REGION, "--report", report]
    done = subprocess.run(
        [*command, "--patience", "15", *options], env=person.env, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == expected, done.stdout + (report.read_text() if report.exists() else "")
    return done.stdout, report.read_text() if report.exists() else ""


def answers(report):
    return dict(re.findall(r"^\| ([a-z-]+) \| .* \| \*\*(\w+)\*\* \| \d+ \|$", report, re.MULTILINE))


def test_every_question_has_its_answer_and_nothing_stays(person, tmp_path):
    said, report = check(person, tmp_path, "--identity", "shop.example.com", "--import-job", expected=0)
    print(report)
    assert answers(report) == {}
