"""Formulas: checked before they run."""

from collections.abc import Mapping

from aurelius.engine.v1 import formula_pb2
from aurelius.engine.v1 import formula_service_pb2 as pb
from aurelius_client.modes import M, Resource, operation


class Formulas(Resource[M]):
    """Expressions over bars that cannot see the future."""

    @operation
    async def check(
        self, text: str, *, groupings: Mapping[str, Mapping[str, str]] | None = None
    ) -> pb.CheckFormulaResponse:
        """Checks a formula: its canonical text and tree, its types, what it reads and needs.

        Args:
            text: The formula, such as `rank(ts_mean(close, 20) / close)`.
            groupings: The label of each symbol, by the name that the formula reads.

        Raises:
            InvalidInput: It is no formula; the facts say where.
        """
        return await self._calls.call(request_of(text, groupings or {}), pb.CheckFormulaResponse)


def request_of(text: str, groupings: Mapping[str, Mapping[str, str]]) -> pb.CheckFormulaRequest:
    """Returns the request that checks a text."""
    declared = [
        formula_pb2.Grouping(name=name, groups=dict(groups)) for name, groups in groupings.items()
    ]
    return pb.CheckFormulaRequest(formula=formula_pb2.Formula(text=text, groupings=declared))
