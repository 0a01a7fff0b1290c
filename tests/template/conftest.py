"""Stacks that the tests look at."""

import pytest

from template import Stack, load

SETS = "marketing,password-reset_2"


@pytest.fixture(scope="session")
def template():
    return load()


@pytest.fixture(scope="session")
def stack(template):
    """Two sets that the stack creates, queues."""
    return Stack(
        template, ConfigurationSets=SETS, CreateConfigurationSets="true",
        OperatorEmail="operators@example.com",
    )


@pytest.fixture(scope="session")
def bare(template):
    """Defaults alone: no set."""
    return Stack(template)


@pytest.fixture(scope="session")
def direct(template):
    """SNS straight to the functions."""
    return Stack(template, Buffering="Direct", ConfigurationSets=SETS)
