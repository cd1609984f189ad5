"""Random numbers: a counter-based stream for each use, so that no use changes another's draws."""

import hashlib

import numpy as np

Stream = np.random.Generator  # core-check: allow random: only `stream` makes one


def stream(seed: int, use: str) -> Stream:
    """Returns the stream of a use: Philox of Salmon, Moraes, Dror and Shaw (2011).

    Args:
        seed: Of the identity, in [0, 2**64).
        use: What draws, such as `bootstrap` or a parameter's path.
    """
    # core-check: allow random: a Philox stream keyed by the seed and its use
    return np.random.Generator(np.random.Philox(key=stream_key(seed, use)))


def stream_key(seed: int, use: str) -> int:
    """Returns the 128-bit key of a use's stream of random numbers."""
    whole = hashlib.sha256(f"aurelius.sweep.v1\n{seed}\n{use}".encode()).digest()
    return int.from_bytes(whole[:16], "big")
