"""What `make release` puts together: the packaged template, archives, notes, bill of materials."""

import hashlib
import io
import os
import pty
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest
import yaml
from samtranslator.translator.translator import Translator
from samtranslator.parser.parser import Parser

from template import ROOT, Stack, load

sys.path.append(str(ROOT / "infra" / "release"))
from warden_release import crates, package, pack  # noqa: E402
from warden_release.notes import notes  # noqa: E402
from warden_release.template import packaged  # noqa: E402

TEXT = (ROOT / "infra" / "template.yaml").read_text()
FUNCTIONS = ("suppress", "metrics", "guard")
BUCKET = {"CodeBucket": "code"}


@pytest.fixture(scope="module")
def text():
    return packaged(TEXT, "1.2.3", "ses-warden/1.2.3-abc/")


# ------------------------------------------------------------------ template


def test_only_the_place_of_the_code_differs_from_the_template(text):
    ours, theirs = load(TEXT), load(text)
    added = theirs["Parameters"].keys() - ours["Parameters"].keys()
    assert added == {"CodeBucket", "CodePrefix"} and not ours["Parameters"].keys() - theirs["Parameters"].keys()
    for name, resource in ours["Resources"].items():
        other = theirs["Resources"].pop(name)
        if resource["Type"] == "AWS::Serverless::Function":
            assert resource.pop("Metadata")["BuildMethod"] == "rust-cargolambda"
            assert resource["Properties"].pop("CodeUri") != other["Properties"].pop("CodeUri")
        assert other == resource, name
    assert not theirs["Resources"] and ours["Outputs"] == theirs["Outputs"]


def test_every_parameter_is_in_a_group(text):
    template = load(text)
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert {name for group in groups for name in group["Parameters"]} == template["Parameters"].keys()


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_each_function_gets_the_zip_of_its_name_and_processor(text, architecture):
    stack = Stack(load(text), **BUCKET, Architecture=architecture)
    assert not stack.problems
    for name, function in stack.of_type("AWS::Serverless::Function").items():
        code = function["Properties"]["CodeUri"]
        zip_ = f"{name.removesuffix('Function').lower()}-{architecture}.zip"
        assert code == {"Bucket": "code", "Key": f"ses-warden/1.2.3-abc/{zip_}"}


def test_sam_makes_lambda_code_of_it(text):
    """The translator that CloudFormation runs takes references as bucket and key."""
    template = yaml.safe_load(yaml.safe_dump(load(text)))
    translated = Translator({}, Parser(), None).translate(
        template, {"CodeBucket": "code", "Architecture": "arm64"}, {}
    )
    functions = [r for r in translated["Resources"].values() if r["Type"] == "AWS::Lambda::Function"]
    assert len(functions) == len(FUNCTIONS)
    for function in functions:
        code = function["Properties"]["Code"]
        assert code.keys() == {"S3Bucket", "S3Key"} and code["S3Bucket"] in ({"Ref": "CodeBucket"}, "code")


@pytest.mark.parametrize("spoilt", ["CodeUri: ../functions/guard", "BuildMethod: rust-cargolambda", "    ParameterGroups:"])
def test_a_template_of_another_shape_is_refused(spoilt):
    with pytest.raises(ValueError, match="infra/template.yaml has"):
        packaged(TEXT.replace(spoilt, "X: x", 1), "1.2.3", "")


# ------------------------------------------------------------------ archives


def test_a_zip_is_the_same_bytes_each_time_and_lambda_may_run_it():
    packed = [pack.zipped({"bootstrap": (b"program" * 99, pack.PROGRAM)}) for _ in range(2)]
    assert packed[0] == packed[1]
    [entry] = zipfile.ZipFile(io.BytesIO(packed[0])).infolist()
    assert entry.filename == "bootstrap" and entry.external_attr >> 16 == 0o100755


def test_an_archive_is_the_same_bytes_whatever_the_order():
    files = {"ses-warden/b": (b"b", pack.PLAIN), "ses-warden/a": (b"a", pack.PROGRAM)}
    first, second = pack.tarred(files), pack.tarred(dict(reversed(files.items())))
    assert first == second
    members = tarfile.open(fileobj=io.BytesIO(first)).getmembers()
    assert [(m.name, m.mode, m.uid, m.uname) for m in members] == [
        ("ses-warden/a", 0o755, 0, ""), ("ses-warden/b", 0o644, 0, "")
    ]  # fmt: skip


def test_the_check_is_a_program_of_its_own(tmp_path):
    program = tmp_path / "aws-check.pyz"
    program.write_bytes(package.check_program())
    assert "warden_check/__main__.py" in zipfile.ZipFile(program).namelist()
    assert package.check_program() == program.read_bytes()


# ------------------------------------------------------------------ notes and bill


def test_notes_are_the_section_of_the_version():
    changelog = "# Changelog\n\n## Unreleased (0.2.0)\n\n- New.\n\n## [0.1.0] - 2026-01-01\n\n- Old.\n"
    assert notes(changelog, "0.2.0") == "# ses-warden 0.2.0\n\n- New.\n"
    assert notes(changelog, "0.1.0") == "# ses-warden 0.1.0\n\n- Old.\n"


@pytest.mark.parametrize("version", ["0.3.0", "0.1", "0.2.0"])
def test_a_version_without_notes_is_refused(version):
    with pytest.raises(ValueError, match="CHANGELOG"):
        notes("# Changelog\n\n## 0.2.0\n\n## 0.1.0\n\n- Old.\n", version)


@pytest.fixture(scope="module")
def metadata():
    return package.data()


def test_the_bill_names_what_is_inside_and_not_what_tests_need(metadata):
    bill = crates.bill(metadata, "1.2.3")
    names = {component["name"] for component in bill["components"]}
    assert {*FUNCTIONS, "ses-warden", "warden-domain", "tokio", "ring"} <= names
    assert not {"fake-aws", "local-ses", "proptest", "criterion"} & names
    for component in bill["components"]:
        assert component["licenses"], component
        if component["name"] in ("tokio", "ring"):
            assert re.fullmatch(r"[0-9a-f]{64}", component["hashes"][0]["content"])


def test_the_bill_is_whole_and_the_same_each_time(metadata):
    bill = crates.bill(metadata, "1.2.3")
    references = [component["bom-ref"] for component in bill["components"]]
    assert len(references) == len(set(references))
    for entry in bill["dependencies"]:
        assert set(entry["dependsOn"]) <= set(references)
    assert bill == crates.bill(metadata, "1.2.3")


def test_licences_of_every_crate_are_handed_on(metadata):
    text = crates.licences(metadata)
    members = set(metadata["workspace_members"])
    packages = {p["id"]: p for p in metadata["packages"]}
    for id_ in crates.shipped(metadata).keys() - members:
        assert f"{packages[id_]['name']} {packages[id_]['version']} (" in text
    assert "Permission is hereby granted, free of charge" in text and str(ROOT) not in text


# ------------------------------------------------------------------ install.sh


@pytest.mark.parametrize("words", [
    ("--mode", "maybe"), ("--architecture", "mips"), ("--stack", "a" * 50), ("--stack", "1st"), ("--nonsense", "x"),
    ("--region",), ("install",), ("--parameter", "GuardMode"),
])  # fmt: skip
def test_wrong_usage_ends_with_2_before_aws_is_asked(words):
    done = run_install(*words)
    assert done.returncode == 2 and done.stderr.startswith("install.sh: ") and not done.stdout


def test_help_lists_every_option():
    script = (ROOT / "infra" / "release" / "install.sh").read_text()
    options = {"--help", "--yes", "--remove", "--all-sets", "--no-connect"}
    options |= set(re.findall(r"^    (--[a-z-]+)\)", script, re.MULTILINE))
    said = run_install("--help").stdout
    assert len(options) > 8 and all(option in said for option in options), options


def test_without_the_aws_cli_it_says_where_it_is(tmp_path):
    for tool in ("bash", "dirname", "mktemp", "rm", "cat"):
        (tmp_path / tool).symlink_to(f"/bin/{tool}")
    done = run_install("--yes", path=str(tmp_path))
    assert done.returncode == 4 and "AWS CLI" in done.stderr


def run_install(*words, path="/usr/bin:/bin"):
    script = ROOT / "infra" / "release" / "install.sh"
    return subprocess.run(
        ["/bin/bash", script, *words], env={"PATH": path, "HOME": "/nonexistent"}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True,
    )  # fmt: skip


AWS = """#!/bin/bash
echo "$*" >>"$CALLS"
if [ "$1 $2" = "$FAILS" ]; then echo "An error occurred (AccessDenied): no" >&2; exit 254; fi
case "$1 $2" in
  "sts get-caller-identity") printf '111122223333\\tarn:aws:iam::111122223333:user/jo\\n' ;;
  "cloudformation describe-stacks") if [ -s "$STACK" ]; then cat "$STACK"; else echo "it does not exist" >&2; exit 254; fi ;;
  "s3api head-bucket") exit 254 ;;
  "cloudformation deploy") echo "arn:aws:cloudformation:eu-west-1:111122223333:changeSet/x/1" ;;
esac
"""
ANSWERED = ("--region", "eu-west-1", "--operator-email", "", "--mode", "observe", "--no-connect")


@pytest.fixture
def installer(tmp_path):
    """install.sh in a release of nothing, with an AWS CLI that only notes what it is asked."""
    release, tools = tmp_path / "release", tmp_path / "tools"
    release.mkdir(), tools.mkdir()
    shutil.copy(ROOT / "infra" / "release" / "install.sh", release)
    (release / "ses-warden.template.yaml").write_text('Parameters:\n  CodePrefix:\n    Default: "1/"\n')
    (release / "guard-arm64.zip").write_text("")
    files = [release / "ses-warden.template.yaml", release / "guard-arm64.zip"]
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    (release / "SHA256SUMS").write_text("".join(lines))
    (tools / "aws").write_text(AWS)
    (tools / "aws").chmod(0o755)

    def run(*words, answers=None, stack="", fails=""):
        (tmp_path / "stack").write_text(stack)
        (tmp_path / "calls").write_text("")
        keyboard, terminal = pty.openpty() if answers is not None else (None, None)
        if keyboard is not None:
            os.write(keyboard, answers.encode())
        done = subprocess.run(
            ["/bin/bash", release / "install.sh", *ANSWERED, *words], stdin=terminal or subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={
                "PATH": f"{tools}:/usr/bin:/bin", "HOME": "/nonexistent", "CALLS": str(tmp_path / "calls"),
                "STACK": str(tmp_path / "stack"), "FAILS": fails,
            },
        )  # fmt: skip
        for end in (keyboard, terminal):
            if end is not None:
                os.close(end)
        return done.returncode, done.stdout, (tmp_path / "calls").read_text()

    return run


INSTALLED = "status UPDATE_COMPLETE\nid arn\nparameter GuardMode observe\nparameter CodeBucket chosen-at-first\n"


@pytest.mark.parametrize("call", ["s3 sync", "s3api create-bucket", "s3api put-public-access-block"])
def test_a_call_that_aws_refuses_ends_with_5_and_is_named(installer, call):
    status, said, _ = installer("--yes", fails=call)
    assert status == 5 and f"aws {call} failed" in said and "AccessDenied" in said


def test_an_update_keeps_the_bucket_of_the_installation(installer):
    _, said, calls = installer("--yes", stack=INSTALLED)
    assert "s3://chosen-at-first/1/" in calls and "ses-warden-code" not in calls
    _, _, calls = installer("--yes", "--bucket", "another", stack=INSTALLED)
    assert "s3://another/1/" in calls


def test_a_no_says_what_was_made_before_it(installer):
    status, said, _ = installer(answers="n\n")
    assert status == 3 and "Nothing was changed." in said
    status, said, _ = installer(answers="y\nn\n", stack=INSTALLED)
    assert status == 3 and "Nothing was changed" not in said
    assert "the bucket chosen-at-first is made" in said and "zips are in s3://chosen-at-first/1/" in said
