"""Every proof verifies; any change of one bit fails."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from aurelius_governance.domain import merkle

MAX_LEAVES = 70


class Tree:
    def __init__(self, size: int) -> None:
        self.leaves = [merkle.leaf_hash(b"entry %d" % index) for index in range(size)]
        self.nodes: dict[tuple[int, int], bytes] = {}
        for index, leaf in enumerate(self.leaves):
            for level, position, node in merkle.completed_nodes(index, leaf, self.read):
                self.nodes[level, position] = node

    def read(self, level: int, position: int) -> bytes:
        return self.nodes[level, position]

    def root(self, size: int) -> bytes:
        return merkle.root_hash(size, self.read)


TREE = Tree(MAX_LEAVES)


def reference_root(leaves: list[bytes]) -> bytes:
    """The definition of RFC 6962, section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = reference_root(leaves[:split]), reference_root(leaves[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def flipped(value: bytes, bit: int) -> bytes:
    at = bit % (len(value) * 8)
    return bytes(
        byte ^ (1 << at % 8 if index == at // 8 else 0) for index, byte in enumerate(value)
    )


@given(st.integers(0, MAX_LEAVES))
def test_root_is_the_rfc_definition(size: int) -> None:
    assert TREE.root(size) == reference_root(TREE.leaves[:size])


@given(st.data())
def test_inclusion_proof_verifies_and_no_flipped_bit_does(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, MAX_LEAVES))
    index = data.draw(st.integers(0, size - 1))
    bit = data.draw(st.integers(0, 255))
    proof = list(merkle.inclusion_proof(index, size, TREE.read))
    leaf, root = TREE.leaves[index], TREE.root(size)

    def verified(leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes) -> bool:
        return merkle.verify_inclusion(leaf=leaf, index=index, size=size, proof=proof, root=root)

    assert verified(leaf, index, size, proof, root)
    assert not verified(flipped(leaf, bit), index, size, proof, root)
    assert not verified(leaf, index, size, proof, flipped(root, bit))
    assert not verified(leaf, index, size, [*proof, root], root)
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        bad = [*proof[:at], flipped(proof[at], bit), *proof[at + 1 :]]
        assert not verified(leaf, index, size, bad, root)
        assert not verified(leaf, index, size, proof[:-1], root)
    other = (
        data.draw(st.integers(0, size - 1).filter(lambda other: other != index)) if size > 1 else -1
    )
    assert not verified(leaf, other, size, proof, root)


@given(st.data())
def test_consistency_proof_verifies_and_no_flipped_bit_does(data: st.DataObject) -> None:
    new_size = data.draw(st.integers(1, MAX_LEAVES))
    old_size = data.draw(st.integers(1, new_size))
    bit = data.draw(st.integers(0, 255))
    proof = list(merkle.consistency_proof(old_size, new_size, TREE.read))
    old_root, new_root = TREE.root(old_size), TREE.root(new_size)

    def verified(old_root: bytes, new_root: bytes, proof: list[bytes]) -> bool:
        return merkle.verify_consistency(
            old_size=old_size,
            old_root=old_root,
            new_size=new_size,
            new_root=new_root,
            proof=proof,
        )

    assert verified(old_root, new_root, proof)
    assert not verified(flipped(old_root, bit), new_root, proof)
    assert not verified(old_root, flipped(new_root, bit), proof)
    assert not verified(old_root, new_root, [*proof, new_root])
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        bad = [*proof[:at], flipped(proof[at], bit), *proof[at + 1 :]]
        assert not verified(old_root, new_root, bad)
        assert not verified(old_root, new_root, proof[:-1])
