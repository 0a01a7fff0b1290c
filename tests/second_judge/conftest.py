"""moto and local-ses, once for all tests; each module begins with an empty account."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from samtranslator.yaml_helper import yaml_parse

from cloudwatch_shim import CloudWatchShim
from second_aws import SecondAws
from warden_local import paths
from warden_local.build import build
from warden_local.processes import Processes

LOGS = paths.ROOT / "target" / "second-judge" / "logs"


@pytest.fixture(scope="session")
def binaries() -> dict[str, Path]:
    return build(quiet=True)


@pytest.fixture(scope="session")
def moto(binaries: dict[str, Path]) -> Iterator[SecondAws]:
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)
    with Processes() as processes:
        yield SecondAws(processes, binaries["local-ses"], LOGS)


@pytest.fixture(scope="module")
def aws(moto: SecondAws) -> SecondAws:
    moto.reset()
    return moto


@pytest.fixture(scope="module")
def shim(aws: SecondAws) -> Iterator[CloudWatchShim]:
    with CloudWatchShim(aws.client("cloudwatch")) as shim:
        yield shim
        assert shim.refused == [], "requests that CloudWatch's model does not have"


@pytest.fixture(scope="session")
def resources() -> dict[str, dict]:
    """The template's resources, as they are written there."""
    return yaml_parse(paths.TEMPLATE.read_text())["Resources"]
