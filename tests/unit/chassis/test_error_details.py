import pytest
from google.rpc import error_details_pb2
from grpc import StatusCode

from aurelius_chassis.errors import (
    DETAILS_MAX_BYTES,
    ErrorTable,
    FieldViolation,
    RequestRefused,
    WireError,
    reason_of,
)

TABLE = ErrorTable("x.aurelius.dev", {KeyError: WireError(StatusCode.NOT_FOUND, "GONE")})


def _bad_request(count: int) -> list[error_details_pb2.BadRequest.FieldViolation]:
    refusal = RequestRefused(
        StatusCode.INVALID_ARGUMENT,
        "BAD",
        "many",
        violations=[FieldViolation(f"symbols[{n}]", "must not be empty") for n in range(count)],
    )
    status = TABLE.status_of(refusal)
    assert status is not None
    assert status.ByteSize() < DETAILS_MAX_BYTES + 500
    bad = error_details_pb2.BadRequest()
    status.details[1].Unpack(bad)
    return list(bad.field_violations)


def test_violations_that_fit_are_all_listed() -> None:
    assert [item.field for item in _bad_request(20)] == [f"symbols[{n}]" for n in range(20)]


def test_violations_that_do_not_fit_are_counted() -> None:
    listed = _bad_request(10_000)

    assert listed[-1].description == f"and {10_000 - len(listed) + 1} more violations"
    assert len(listed) > 20


def test_what_is_not_in_the_table_is_a_bug() -> None:
    assert TABLE.status_of(ValueError("x")) is None
    assert TABLE.status_of(KeyboardInterrupt()) is None


@pytest.mark.parametrize("kind", [KeyError, type("Kind", (KeyError,), {})])
def test_kinds_of_a_refusal_share_its_row(kind: type[Exception]) -> None:
    status = TABLE.status_of(kind("a"))

    assert status is not None
    assert (status.code, reason_of(status)) == (StatusCode.NOT_FOUND.value[0], "GONE")
