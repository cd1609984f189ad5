"""One identity, one digest: in processes that differ in all that a machine may differ in."""

from pathlib import Path

import determinism
import determinism_matrix as matrix
import pytest
from determinism import Outcome
from determinism_cases import SIXTY_SPEC, SIXTY_SYMBOLS, SPECS, documents, write_cases
from determinism_matrix import Cell

# One process makes the outcomes; the others would make them again. It compiles every kernel
# for two processors, which takes long on a machine that is busy with other tests.
pytestmark = [pytest.mark.xdist_group("determinism"), pytest.mark.timeout(900)]
BUG = Path(__file__).resolve().parent / "set_order_bug.py"
CELLS = matrix.pairwise(matrix.CI_TARGETS)


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cases(tmp_path_factory.mktemp("cases"))


@pytest.fixture(scope="module")
def outcomes(cases: Path) -> dict[Cell, Outcome]:
    return determinism.run_cells(CELLS, cases, None)


@pytest.fixture(scope="module")
def sixty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cases(tmp_path_factory.mktemp("sixty"), (SIXTY_SPEC,))


def seeded(seed: int) -> Cell:
    """Returns the plain cell with a hash seed that is not among the matrix's."""
    matrix.FACTORS["hash_seed"].setdefault(str(seed), {"PYTHONHASHSEED": str(seed)})
    values = dict(matrix.plain().values) | {"hash_seed": str(seed)}
    return Cell(tuple(values.items()))


def test_each_pair_of_settings_occurs_in_the_cells_of_every_change() -> None:
    assert matrix.uncovered(CELLS, matrix.CI_TARGETS) == set()
    assert len(CELLS) == len(set(CELLS)) >= 9


def test_no_cell_changes_a_digest(outcomes: dict[Cell, Outcome]) -> None:
    reference = outcomes[matrix.plain()]

    differing = {
        str(cell): names
        for cell, outcome in outcomes.items()
        if (names := determinism.differing(reference, outcome))
    }

    assert differing == {}
    assert {outcome.digest for outcome in outcomes.values()} == {reference.digest}


def test_the_specifications_do_something_and_differ(outcomes: dict[Cell, Outcome]) -> None:
    answers = outcomes[matrix.plain()].answers

    assert set(answers) == set(SPECS)
    assert {name for name, answer in answers.items() if answer["rows"] == 0} == set()
    assert len({answer["result"] for answer in answers.values()}) == len(SPECS)


def test_every_template_is_among_the_specifications() -> None:
    from aurelius.engine.v1 import strategy_pb2

    templates = {field.json_name for field in strategy_pb2.Strategy.DESCRIPTOR.fields}
    # What a plug-in computes is its author's: docs/specs/determinism.md, section 2.
    found = {name for document in documents().values() for name in document["strategy"]}

    assert found == templates - {"plugin"}


def test_the_settings_take_effect(outcomes: dict[Cell, Outcome]) -> None:
    machines = {cell: outcome.machine for cell, outcome in outcomes.items()}

    for cell, machine in machines.items():
        assert "X86_V4" not in machine["numpy_features"] or cell["numpy"] == "host"
        assert "X86_V3" not in machine["numpy_features"] or cell["numpy"] != "sse"
        assert (machine["numba_cpu"] == "nehalem") == (cell["target"] == "nehalem")
    assert len({m["text_hash"] for c, m in machines.items() if c["hash_seed"] == "0"}) == 1
    assert len({m["text_hash"] for m in machines.values()}) > 3
    assert len({m["zone"] for m in machines.values()}) == len(matrix.FACTORS["time"])


def test_ten_hash_seeds_give_a_book_of_sixty_symbols_one_digest(sixty: Path) -> None:
    outcomes = [determinism.run_cell(seeded(seed), sixty, None) for seed in range(1, 11)]

    assert len({outcome.machine["text_hash"] for outcome in outcomes}) == 10
    assert len({outcome.digest for outcome in outcomes}) == 1
    assert outcomes[0].answers[SIXTY_SPEC]["rows"] > SIXTY_SYMBOLS


def test_a_planted_order_of_a_set_is_caught_and_located(sixty: Path, tmp_path: Path) -> None:
    outcomes = [
        determinism.run_cell(
            seeded(seed), sixty, None, tables=tmp_path / str(seed), worker=[str(BUG)]
        )
        for seed in (1, 2)
    ]

    assert determinism.differing(*outcomes) == [SIXTY_SPEC]
    found = determinism.first_divergence(tmp_path / "1", tmp_path / "2", SIXTY_SPEC)
    assert found is not None
    assert found.step >= 0
    assert (found.table, found.column, found.left != found.right) == (
        "orders",
        "symbol",
        True,
    )
    assert found.symbol in determinism.words(found)
