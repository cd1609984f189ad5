"""FormulaService: each RPC translates and decides nothing."""

from collections.abc import Iterator, Mapping

import grpc
from google.protobuf import json_format

from aurelius.engine.v1 import formula_pb2, formula_service_pb2, formula_service_pb2_grpc
from aurelius_engine.domain.formula import formulas
from aurelius_engine.domain.formula.checking import kind_of
from aurelius_engine.domain.formula.operators import Kind
from aurelius_engine.domain.formula.printing import to_text
from aurelius_engine.domain.formula.tree import Call, Node
from aurelius_engine.domain.formula.warm_up import warm_up_bars

Context = grpc.ServicerContext

TYPES: Mapping[Kind, formula_service_pb2.FormulaType] = {
    Kind.NUMBER: formula_service_pb2.FORMULA_TYPE_NUMBER,
    Kind.SERIES: formula_service_pb2.FORMULA_TYPE_SERIES,
    Kind.CONDITION: formula_service_pb2.FORMULA_TYPE_CONDITION,
    Kind.GROUP: formula_service_pb2.FORMULA_TYPE_GROUP,
}


class FormulaServicer(formula_service_pb2_grpc.FormulaServiceServicer):
    """Serves FormulaService."""

    def CheckFormula(
        self, request: formula_service_pb2.CheckFormulaRequest, context: Context
    ) -> formula_service_pb2.CheckFormulaResponse:
        """Checks a formula."""
        return checked(request.formula)


def checked(formula: formula_pb2.Formula) -> formula_service_pb2.CheckFormulaResponse:
    """Returns what is known of a formula.

    Raises:
        FormulaInvalid: It is no formula; says where.
    """
    document = formulas.resolved(json_format.MessageToDict(formula))
    tree = formulas.tree_of(document)
    return formula_service_pb2.CheckFormulaResponse(
        text=to_text(tree),
        expression=json_format.ParseDict(document["expression"], formula_pb2.Expression()),
        warm_up_bars=warm_up_bars(tree),
        columns=formulas.columns_read(document),
        groupings=[grouping["name"] for grouping in document["groupings"]],
        cross_sectional=formulas.is_cross_sectional(tree),
        nodes=_nodes(tree, "expression"),
    )


def _nodes(node: Node, path: str) -> Iterator[formula_service_pb2.FormulaNode]:
    yield formula_service_pb2.FormulaNode(
        path=path,
        text=to_text(node),
        type=TYPES[kind_of(node)],
        warm_up_bars=warm_up_bars(node),
    )
    if isinstance(node, Call):
        for index, argument in enumerate(node.arguments):
            yield from _nodes(argument, f"{path}.call.arguments[{index}]")
