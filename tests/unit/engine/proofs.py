"""The look-ahead proof of small runs, by the path that every door takes."""

from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format

from aurelius.engine.v1 import validation_pb2
from aurelius_engine.application.plugins import NoPlugins, Plugins
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.validation.findings import Check, Findings, Verdict
from aurelius_engine.in_process import found_in_process
from aurelius_engine.rpc.validation_resolution import resolve_validation


def proof(
    spec: Mapping[str, Any],
    table: MarketTable,
    *,
    plugins: Plugins | None = None,
    seed: int = 3,
    **terms: Any,
) -> Findings:
    """Proves proto JSON of a specification over a table; `calendar` need not be given."""
    base = {"calendar": "24/7", "initialCash": 1000, **spec}
    document = {"base": base, "lookAheadProof": {"sampleCount": 4, **terms}}
    message = json_format.ParseDict(document, validation_pb2.ValidationSpec())
    used = plugins or NoPlugins()
    resolved = resolve_validation(message, used)
    return found_in_process(resolved, table, {}, seed, used)


def judged(findings: Findings) -> dict[str, Check]:
    """Returns the checks by what follows `look_ahead.`."""
    return {one.id.removeprefix("look_ahead."): one for one in findings.checks}


def failed(findings: Findings) -> set[str]:
    """Returns the names of the checks that did not pass."""
    return {name for name, one in judged(findings).items() if one.verdict is not Verdict.PASSED}


def rows(findings: Findings, table: str) -> list[dict[str, Any]]:
    """Returns the rows of one of its tables."""
    columns = findings.tables[table]
    values = [one.data.tolist() if one.values is None else one.texts() for one in columns]
    names = [one.name for one in columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]
