"""One computation of a study: the same for every door, stored or not."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from aurelius_engine.application.study_runs import Setting, StudyRuns
from aurelius_engine.domain.table_hash import Column, string_column
from aurelius_engine.domain.trial_log import SHARPE
from aurelius_engine.domain.validation.findings import TRIED, Findings
from aurelius_engine.domain.validation.registry import STUDIES
from aurelius_engine.domain.validation.study import StudyContext


def studied(
    document: Mapping[str, Any],
    setting: Setting,
    *,
    data: Mapping[str, Any],
    report: Callable[[int, int], None],
) -> Findings:
    """Computes the study of a resolved document, with the table of what it tried.

    Args:
        document: Proto JSON of ValidationSpec; its base is the setting's.
        setting: The data and the engine.
        data: The provenance document of the data.
        report: Is told how much is done, and of how much.

    Raises:
        EngineError: It is refused, or was cancelled.
    """
    study = next(name for name in STUDIES if name in document)
    runs = StudyRuns(setting)
    findings = STUDIES[study](
        StudyContext(
            base=setting.base,
            terms=document[study],
            table=setting.table,
            calendars=setting.calendars,
            seed=setting.seed,
            runs=runs,
            report=report,
            should_stop=setting.should_stop,
            workers=setting.searching.workers,
            superiority=setting.superiority,
            data=data,
        )
    )
    points = runs.tried()
    tried = (
        string_column("spec_hash", [key for key, _ in points]),
        Column(name=f"metric.{SHARPE}", data=np.array([sharpe for _, sharpe in points])),
    )
    return replace(findings, tables={**findings.tables, TRIED: tried})
