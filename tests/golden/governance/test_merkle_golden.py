"""The Merkle tree against the published vectors of Certificate Transparency."""

import json
from pathlib import Path
from typing import Any

import pytest

from aurelius_governance.domain import merkle

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "rfc6962_tree.json").read_text())


@pytest.fixture(scope="module")
def nodes() -> dict[tuple[int, int], bytes]:
    nodes: dict[tuple[int, int], bytes] = {}
    for index, text in enumerate(VECTORS["input"]["entries_hex"]):
        leaf = merkle.leaf_hash(bytes.fromhex(text))
        for level, position, node in merkle.completed_nodes(index, leaf, lambda *at: nodes[at]):
            nodes[level, position] = node
    return nodes


def test_roots_of_all_sizes_are_the_published_ones(nodes: dict[tuple[int, int], bytes]) -> None:
    roots = [merkle.root_hash(size, lambda *at: nodes[at]).hex() for size in range(9)]

    assert roots == VECTORS["want"]["roots_hex"]


@pytest.mark.parametrize("case", VECTORS["want"]["inclusion"])
def test_inclusion_proofs_are_the_published_ones(
    nodes: dict[tuple[int, int], bytes], case: dict[str, Any]
) -> None:
    proof = merkle.inclusion_proof(case["index"], case["size"], lambda *at: nodes[at])

    assert [item.hex() for item in proof] == case["hashes_hex"]


@pytest.mark.parametrize("case", VECTORS["want"]["consistency"])
def test_consistency_proofs_are_the_published_ones(
    nodes: dict[tuple[int, int], bytes], case: dict[str, Any]
) -> None:
    proof = merkle.consistency_proof(case["from"], case["to"], lambda *at: nodes[at])

    assert [item.hex() for item in proof] == case["hashes_hex"]
