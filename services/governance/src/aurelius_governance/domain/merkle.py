"""The Merkle tree of RFC 6962: hashes, proofs and their verification.

A tree is stored as its perfect subtrees. The node at (level, index) covers the leaves
`[index << level, (index + 1) << level)`; leaves are level 0. A node never changes once its
leaves exist, so the tree of every earlier size can be read from the nodes of a later one.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import TypeAlias

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

NodeReader: TypeAlias = Callable[[int, int], bytes]
"""Returns the hash of the perfect subtree at (level, index)."""


def leaf_hash(entry: bytes) -> bytes:
    """Returns the hash of a leaf that holds `entry`."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Returns the hash of a node over its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def completed_nodes(
    index: int, leaf: bytes, read_node: NodeReader
) -> Sequence[tuple[int, int, bytes]]:
    """Returns the (level, index, hash) of each perfect subtree that the leaf at `index` completes.

    Args:
        index: Where the leaf is appended: the size of the tree before.
        leaf: Its leaf hash.
        read_node: Reads nodes over the leaves before `index`.
    """
    nodes = [(0, index, leaf)]
    level, position, current = 0, index, leaf
    while position & 1:
        current = node_hash(read_node(level, position - 1), current)
        level, position = level + 1, position >> 1
        nodes.append((level, position, current))
    return nodes


def root_hash(size: int, read_node: NodeReader) -> bytes:
    """Returns the tree head over the first `size` leaves."""
    return EMPTY_ROOT if size == 0 else _head(0, size, read_node)


def inclusion_proof(index: int, size: int, read_node: NodeReader) -> Sequence[bytes]:
    """Returns the audit path of the leaf at `index` in the tree of `size` leaves.

    Raises:
        ValueError: Not 0 <= index < size.
    """
    if not 0 <= index < size:
        raise ValueError(f"index {index} is outside a tree of {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_head(middle, end, read_node))
            end = middle
        else:
            path.append(_head(start, middle, read_node))
            start = middle
    path.reverse()
    return path


def consistency_proof(old_size: int, new_size: int, read_node: NodeReader) -> Sequence[bytes]:
    """Returns the proof that the tree of `new_size` extends the tree of `old_size`.

    Raises:
        ValueError: Not 1 <= old_size <= new_size.
    """
    if not 1 <= old_size <= new_size:
        raise ValueError(f"no consistency proof from {old_size} to {new_size}")
    path: list[bytes] = []
    start, end, old_end = 0, new_size, old_size
    whole = True  # RFC 6962, 2.1.2: the old root itself is omitted while it is a subtree
    while old_end != end:
        middle = start + _split(end - start)
        if old_end <= middle:
            path.append(_head(middle, end, read_node))
            end = middle
        else:
            path.append(_head(start, middle, read_node))
            start, whole = middle, False
    if not whole:
        path.append(_head(start, end, read_node))
    path.reverse()
    return path


def verify_inclusion(
    *, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Whether `proof` shows `leaf` at `index` of the tree with `root` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or any(len(item) != HASH_BYTES for item in proof):
        return False
    position, last, current = index, size - 1, leaf
    for item in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            current = node_hash(item, current)
            while not position & 1 and position != 0:
                position, last = position >> 1, last >> 1
        else:
            current = node_hash(current, item)
        position, last = position >> 1, last >> 1
    return last == 0 and current == root


def verify_consistency(
    *, old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether `proof` shows that the new tree extends the old one (RFC 9162, 2.1.4.2)."""
    if not 1 <= old_size <= new_size or any(len(item) != HASH_BYTES for item in proof):
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    path = list(proof)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    position, last = old_size - 1, new_size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old_head = new_head = path[0]
    for item in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old_head, new_head = node_hash(item, old_head), node_hash(item, new_head)
            while not position & 1 and position != 0:
                position, last = position >> 1, last >> 1
        else:
            new_head = node_hash(new_head, item)
        position, last = position >> 1, last >> 1
    return last == 0 and old_head == old_root and new_head == new_root


def _split(count: int) -> int:
    """Returns the largest power of two below `count`, which is at least 2."""
    return 1 << ((count - 1).bit_length() - 1)


def _head(start: int, end: int, read_node: NodeReader) -> bytes:
    """Returns the head over leaves `[start, end)`; the splits keep `start` aligned."""
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return read_node(level, start >> level)
    middle = start + _split(count)
    return node_hash(_head(start, middle, read_node), _head(middle, end, read_node))
