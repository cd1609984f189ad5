"""Runs beside and after one another in a process, and what is outside their digest."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from determinism_cases import write_cases
from determinism_worker import SEED, table_of

from aurelius_engine.adapters.package_files import packaged_calendars
from aurelius_engine.adapters.plugin_process import ProcessPlugins
from aurelius_engine.application.execution import execute
from aurelius_engine.domain.identity import result_digest
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.results import RunResult
from aurelius_engine.domain.table_hash import table_hash

pytestmark = [pytest.mark.xdist_group("determinism"), pytest.mark.timeout(900)]
NAMES = ("trend_following", "market_neutral", "formula", "order_list")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Any, MarketTable]]:
    """The documents of four specifications with their tables."""
    path: Path = write_cases(tmp_path_factory.mktemp("processes"), NAMES)
    cases = json.loads(path.read_text())
    books = {case["book"] for case in cases}
    tables = {book: table_of(book, shuffled=False) for book in sorted(books)}
    return [(case["document"], tables[case["book"]]) for case in cases]


def result(run: tuple[Any, MarketTable]) -> RunResult:
    document, table = run
    return execute(document, table, packaged_calendars(), seed=SEED, plugins=ProcessPlugins())


def test_runs_in_threads_give_the_digests_of_runs_alone(runs: list[Any]) -> None:
    alone = [result(run).digest for run in runs]

    with ThreadPoolExecutor(max_workers=8) as pool:
        together = [found.digest for found in pool.map(result, runs * 4)]

    assert together == alone * 4
    assert len(set(alone)) == len(runs)


def test_a_run_after_others_gives_the_digest_of_a_first_run(runs: list[Any]) -> None:
    forwards = [result(run).digest for run in runs]
    backwards = [result(run).digest for run in reversed(runs)]

    assert backwards == forwards[::-1]


def test_the_digest_is_of_the_tables_alone(runs: list[Any]) -> None:
    found = result(runs[0])

    by_hand = result_digest({name: table_hash(table) for name, table in found.tables.items()})

    assert found.digest == by_hand
