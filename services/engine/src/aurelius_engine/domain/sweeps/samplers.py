"""What chooses the points of a sweep, in an order that only the sweep's own facts decide."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Protocol

from aurelius_engine.domain.streams import stream
from aurelius_engine.domain.sweeps.space import Point, SearchSpace, Values

BATCH_POINTS = 1024
# So many draws for each trial asked for; then few points are left that keep the relations.
DRAWS_PER_TRIAL = 64


class Sampler(Protocol):
    """Chooses points batch by batch. Not safe to share."""

    @property
    def name(self) -> str:
        """What it is, with the version of what it rests on."""

    def ask(self) -> Sequence[Point]:
        """Returns the next points; none means that there are no more."""

    def tell(self, losses: Sequence[float]) -> None:
        """Takes what became of the points of the last batch.

        Args:
            losses: One a point, smaller is better; infinity for one that is no use.
        """


class GridSampler:
    """Every point of a space, the last parameter changing fastest."""

    name = "grid"

    def __init__(self, space: SearchSpace) -> None:
        """Takes the space. Raises: SweepSpaceInvalid: It is no grid."""
        self._points = space.grid()

    def ask(self) -> Sequence[Point]:
        """See the protocol."""
        return list(islice(self._points, BATCH_POINTS))

    def tell(self, losses: Sequence[float]) -> None:
        """See the protocol: outcomes change nothing."""


class RandomSampler:
    """Points drawn uniformly: one Philox stream a parameter, keyed by seed and path.

    Neither a further parameter nor a further trial changes what was drawn before
    (Salmon et al., Parallel random numbers: as easy as 1, 2, 3, 2011).
    """

    name = "philox"

    def __init__(self, space: SearchSpace, *, seed: int) -> None:
        """Takes the space and a seed in [0, 2**64)."""
        self._counts = space.counts
        self._streams = [stream(seed, path) for path in space.paths]

    def ask(self) -> Sequence[Point]:
        """See the protocol."""
        drawn = [one.random(BATCH_POINTS).tolist() for one in self._streams]
        return [points_of(row, self._counts) for row in zip(*drawn, strict=True)]

    def tell(self, losses: Sequence[float]) -> None:
        """See the protocol: outcomes change nothing."""


def points_of(shares: Sequence[float], counts: Sequence[int]) -> Point:
    """Returns the indices of numbers in [0, 1), one a parameter."""
    return tuple(
        min(int(share * count), count - 1) for share, count in zip(shares, counts, strict=True)
    )


class Draws:
    """The points of a sampler that are trials; the others are counted and told as no use."""

    def __init__(self, space: SearchSpace, sampler: Sampler, *, limit: int | None) -> None:
        """Takes how many trials there are to be; None: all points."""
        self._space, self._sampler, self._limit = space, sampler, limit
        self._kept: list[bool] = []
        self.excluded = self.made = 0
        self.used_up = False

    def next(self) -> list[Values]:
        """Returns the values of the next trials; none means that there are no more."""
        while not self._is_full():
            points = self._sampler.ask()
            if not points:
                return []
            values = [self._space.values(point) for point in points]
            self._kept = self._choose(values)
            chosen = [one for one, kept in zip(values, self._kept, strict=True) if kept]
            self.made += len(chosen)
            if chosen:
                return chosen
            self._sampler.tell([float("inf")] * len(points))
        return []

    def tell(self, losses: Sequence[float]) -> None:
        """Takes one loss for each trial that `next` returned."""
        rest: Iterator[float] = iter(losses)
        self._sampler.tell([next(rest) if kept else float("inf") for kept in self._kept])

    def _is_full(self) -> bool:
        if self._limit is None:
            return False
        if self.made >= self._limit:
            return True
        self.used_up = self.made + self.excluded >= DRAWS_PER_TRIAL * self._limit
        return self.used_up

    def _choose(self, values: Sequence[Values]) -> list[bool]:
        """Says which points are trials; those after the last one are as if never drawn."""
        left = draws = len(values)
        if self._limit is not None:
            left = self._limit - self.made
            draws = DRAWS_PER_TRIAL * self._limit - self.made - self.excluded
        kept = []
        for place, one in enumerate(values):
            drawn = left > 0 and place < draws
            keeps = drawn and self._space.keeps(one)
            self.excluded += drawn and not keeps
            left -= keeps
            kept.append(keeps)
        return kept


def trial_count(space: SearchSpace) -> int:
    """Returns how many points of a grid are trials. Raises: SweepSpaceInvalid: It is no grid."""
    if not space.relations:
        return sum(1 for _ in space.grid())
    return sum(1 for point in space.grid() if space.keeps(space.values(point)))
