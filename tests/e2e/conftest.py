"""The running suite for every test here: the fixture `suite`."""

import pytest

from tests.e2e import live_suite

suite = live_suite.suite


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    live_suite.group(items)
