"""Stacks that the tests read."""

import pytest

from template import Stack, load


@pytest.fixture(scope="session")
def template():
    return load()


@pytest.fixture(scope="session")
def stack(template):
    """Queues, and an operator."""
    return Stack(template, OperatorEmail="operators@example.com")


@pytest.fixture(scope="session")
def bare(template):
    """Defaults alone."""
    return Stack(template)


@pytest.fixture(scope="session")
def direct(template):
    """SNS straight to the functions."""
    return Stack(template, Buffering="Direct")
