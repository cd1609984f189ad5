"""Where a page begins."""

from aurelius.engine.v1 import (
    backtest_service_pb2,
    dataset_service_pb2,
    holdout_service_pb2,
    optimization_service_pb2,
    validation_service_pb2,
)
from aurelius_chassis import page_tokens


def before_of(
    request: dataset_service_pb2.ListDatasetsRequest
    | backtest_service_pb2.ListBacktestsRequest
    | optimization_service_pb2.ListSweepsRequest
    | validation_service_pb2.ListValidationsRequest
    | holdout_service_pb2.ListHoldoutVaultsRequest,
) -> int | None:
    """Returns the sequence number below which the page lies; None on the first page.

    Raises:
        RequestRefused: The token is not one of this request.
    """
    if not request.page_token:
        return None
    return int(page_tokens.decode(request.page_token, request, {"before": int})["before"])
