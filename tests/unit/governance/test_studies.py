"""A study is judged by what was downloaded, and by nothing that is stated."""

from dataclasses import replace
from typing import Any

import pytest

from aurelius_governance.domain import canonical_json
from aurelius_governance.domain.studies import (
    StudyFacts,
    StudyTable,
    TrialFacts,
    judge,
    judge_trials,
)
from aurelius_governance.domain.table_hash import Column, ColumnType, table_hash

SPEC, DATA = "sha256:" + "a" * 64, "sha256:" + "b" * 64
TEXTS = ("check_id", "severity", "verdict", "comparison")


def checks(*rows: tuple[str, str, str, float, str, float]) -> StudyTable:
    """A table of checks: id, severity, verdict, value, comparison, bound."""
    names = ("check_id", "severity", "verdict", "value", "comparison", "bound")
    columns = [
        Column(
            name=name,
            type=ColumnType.STRING if name in TEXTS else ColumnType.FLOAT64,
            values=[row[place] for row in rows],  # type: ignore[arg-type]
        )
        for place, name in enumerate(names)
    ]
    return StudyTable(id="checks", digest=table_hash(columns), columns=columns)


def facts(table: StudyTable, **changes: Any) -> StudyFacts:
    digests: dict[str, canonical_json.JsonValue] = {table.id: table.digest}
    whole = canonical_json.digest(
        b"aurelius.validation_result.v1\n", canonical_json.encode(digests)
    )
    found = StudyFacts(
        validation="validations/v",
        study="robustness",
        failure="",
        base_hash=SPEC,
        data_hash=DATA,
        result_digest=whole,
        tables=[table],
    )
    return replace(found, **changes)


GOOD = ("r.one", "BLOCKER", "PASSED", 2.0, "GREATER_OR_EQUAL", 2.0)


def test_a_study_whose_blockers_hold_passes_whatever_its_warnings_say() -> None:
    table = checks(GOOD, ("r.two", "WARNING", "FAILED", 0.0, "GREATER", 1.0))

    assert judge(facts(table), spec_hash=SPEC, data_hash=DATA).passed


@pytest.mark.parametrize(
    "row",
    [
        ("r.one", "BLOCKER", "PASSED", 1.9, "GREATER_OR_EQUAL", 2.0),
        ("r.one", "BLOCKER", "FAILED", 2.0, "GREATER_OR_EQUAL", 2.0),
        ("r.one", "BLOCKER", "NOT_APPLICABLE", float("nan"), "GREATER_OR_EQUAL", float("nan")),
        ("r.one", "BLOCKER", "PASSED", float("nan"), "GREATER_OR_EQUAL", 2.0),
        ("r.one", "BLOCKER", "PASSED", 2.0, "ROUGHLY", 2.0),
    ],
)
def test_a_blocker_passes_by_its_numbers_and_its_word(row: Any) -> None:
    found = judge(facts(checks(row)), spec_hash=SPEC, data_hash=DATA)

    assert (found.passed, found.observed) == (False, "r.one")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"failure": "ERROR_REASON_X: broke"}, "no result"),
        ({"base_hash": DATA}, "another specification"),
        ({"data_hash": SPEC}, "other data"),
        ({"result_digest": SPEC}, "another result digest"),
        ({"tables": []}, "no table of checks"),
        ({"tables": [replace(checks(GOOD), digest=SPEC)]}, "table checks has another digest"),
        ({"tables": [replace(checks(GOOD), unreadable="cut")]}, "table checks: cut"),
    ],
)
def test_what_is_not_as_stated_does_not_pass(changes: dict[str, Any], told: str) -> None:
    found = judge(facts(checks(GOOD), **changes), spec_hash=SPEC, data_hash=DATA)

    assert not found.passed
    assert told in found.observed


def test_a_study_without_a_blocker_shows_nothing() -> None:
    table = checks(("r.two", "INFO", "PASSED", 1.0, "GREATER", 0.0))

    assert not judge(facts(table), spec_hash=SPEC, data_hash=DATA).passed


@pytest.mark.parametrize(
    ("value", "passes"), [(0.99, True), (0.9899, False), (None, False), (float("nan"), False)]
)
def test_the_deflated_sharpe_has_one_bound(value: float | None, passes: bool) -> None:
    trials = TrialFacts(trial_count=3, log_size=9, root="sha256:00", deflated_sharpe=value)

    assert judge_trials(trials).passed is passes
