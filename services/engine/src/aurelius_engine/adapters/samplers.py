"""The sampler of each method of a sweep."""

from aurelius_engine.adapters.sobol_sampler import SobolSampler
from aurelius_engine.adapters.tpe_sampler import TpeSampler
from aurelius_engine.domain.sweeps.plan import SweepPlan
from aurelius_engine.domain.sweeps.samplers import GridSampler, RandomSampler, Sampler


def sampler_of(plan: SweepPlan, seed: int) -> Sampler:
    """Returns a fresh sampler of a plan, seeded with a number in [0, 2**64).

    Raises:
        SweepSpaceInvalid: The space is no grid and the method asks for one.
    """
    if plan.method == "grid":
        return GridSampler(plan.space)
    if plan.method == "random":
        return RandomSampler(plan.space, seed=seed)
    if plan.method == "sobol":
        return SobolSampler(plan.space, seed=seed)
    return TpeSampler(
        plan.space, seed=seed, batch_size=plan.batch_size, startup_count=plan.startup_count
    )
