"""The scrambled Sobol sequence of SciPy, behind the port `Sampler`.

Sobol 1967, directions of Joe and Kuo 2008, scrambled as Matousek 1998. It is made by
shifts and exclusive ors of whole numbers, and of them one division by a power of 2.
"""

from collections.abc import Sequence

from aurelius_engine.domain.streams import stream_key
from aurelius_engine.domain.sweeps.samplers import BATCH_POINTS, points_of
from aurelius_engine.domain.sweeps.space import Point, SearchSpace


class SobolSampler:
    """The points of the sequence in their order, from the first on."""

    def __init__(self, space: SearchSpace, *, seed: int) -> None:
        """Takes the space and a seed in [0, 2**64)."""
        import scipy
        from scipy.stats import qmc

        self.name = f"scipy {scipy.__version__} Sobol"
        self._counts = space.counts
        self._sequence = qmc.Sobol(len(self._counts), scramble=True, rng=stream_key(seed, "sobol"))

    def ask(self) -> Sequence[Point]:
        """See the port."""
        drawn = self._sequence.random(BATCH_POINTS).tolist()
        return [points_of(row, self._counts) for row in drawn]

    def tell(self, losses: Sequence[float]) -> None:
        """See the port: outcomes change nothing."""
