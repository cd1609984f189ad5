"""The running suite for the doors of the matrix."""

import pytest

from tests.e2e import live_suite

suite = live_suite.suite


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    live_suite.group(items)
