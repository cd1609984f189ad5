"""Asks skfolio for its combinatorial purged splits, and keeps what it answers.

Writes tests/golden/splits/<case>.json, which tests/unit/engine/test_split_agreement.py holds
ours to. `make bench-agreement` runs it in an environment of its own.
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from skfolio.model_selection import CombinatorialPurgedCV

GOLDEN = Path(__file__).resolve().parent.parent / "tests" / "golden" / "splits"
# Bars, groups, groups of a test, bars purged on both sides, bars embargoed after a test.
CASES: dict[str, tuple[int, int, int, int, int]] = {
    "six_choose_two": (60, 6, 2, 0, 0),
    "six_choose_two_purged": (120, 6, 2, 3, 0),
    "ten_choose_two_purged_and_embargoed": (500, 10, 2, 5, 10),
    "eight_choose_three_embargoed": (96, 8, 3, 0, 4),
    "five_choose_four_purged_and_embargoed": (75, 5, 4, 2, 1),
}


def intervals_of(bars: np.ndarray) -> list[list[int]]:
    """Returns rising bars as intervals, each with the bar after its last."""
    if bars.size == 0:
        return []
    parts = np.split(bars, np.flatnonzero(np.diff(bars) > 1) + 1)
    return [[int(part[0]), int(part[-1]) + 1] for part in parts]


def answer_of(case: str) -> dict[str, object]:
    """Returns the golden document of a case."""
    bars, groups, tested, purged, embargoed = CASES[case]
    splitter = CombinatorialPurgedCV(
        n_folds=groups, n_test_folds=tested, purged_size=purged, embargo_size=embargoed
    )
    splits = [
        {
            "train": intervals_of(train),
            "test": [[int(fold[0]), int(fold[-1]) + 1] for fold in test],
        }
        for train, test in splitter.split(np.zeros((bars, 1)))
    ]
    return {
        "description": (
            f"skfolio {version('skfolio')} CombinatorialPurgedCV: {splitter.n_splits} splits of "
            f"{bars} bars, {splitter.n_test_paths} paths; a path is the split of each group."
        ),
        "input": {
            "barCount": bars,
            "groupCount": groups,
            "testGroupCount": tested,
            "purgedSize": purged,
            "embargoSize": embargoed,
        },
        "want": {"splits": splits, "paths": splitter.recombined_paths.T.tolist()},
    }


def text_of(document: dict[str, object]) -> str:
    """Returns a golden document as JSON with a line for each split and each path."""
    want = document["want"]
    assert isinstance(want, dict)
    short = json.dumps({**document, "want": {name: [] for name in want}}, indent=2)
    for name, rows in want.items():
        lines = ",\n      ".join(json.dumps(row) for row in rows)
        short = short.replace(f'"{name}": []', f'"{name}": [\n      {lines}\n    ]')
    return short + "\n"


def main() -> None:
    """Rewrites every case."""
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for case in CASES:
        document = answer_of(case)
        (GOLDEN / f"{case}.json").write_text(text_of(document))
        print(f"{case:40} {document['description']}")


if __name__ == "__main__":
    main()
