"""What a request_id promises: the same id and body give the same answer, once.

An answer is kept in the transaction that makes it true, so there is never one without the
other. It is kept for ever: a request_id does not expire, and the table grows by one row for
each call that sent an id and changed something, as the records of these calls do.
"""

import hashlib
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

from google.protobuf.message import Message
from google.rpc import status_pb2
from grpc import StatusCode
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    LargeBinary,
    MetaData,
    Select,
    String,
    Table,
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError

from aurelius_chassis.errors import FieldViolation, RefusedBefore, RequestRefused
from aurelius_chassis.frozen_tables import freeze
from aurelius_chassis.sql import Database

M = TypeVar("M", bound=Message)
METADATA = MetaData()
REQUEST_LOG = Table(
    "request_log",
    METADATA,
    Column("principal", String(128), primary_key=True),
    Column("method", String(128), primary_key=True),
    Column("request_id", String(128), primary_key=True),
    Column("body_digest", String(64), nullable=False),
    Column("response", LargeBinary, nullable=False),
    # Whether `response` is the google.rpc.Status of a refusal.
    Column("refused", Boolean, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestKey:
    """Whose request it is, to which RPC, under which id, with which body."""

    principal: str
    method: str
    request_id: str
    body_digest: str


_PENDING: ContextVar[RequestKey | None] = ContextVar("pending_request", default=None)


def create_table(op: Any) -> None:
    """Creates the table in a service's migration: `op` is Alembic's."""
    op.create_table("request_log", *(column._copy() for column in REQUEST_LOG.columns))
    freeze(op, "request_log")


def enter(principal: str, method: str, request: Message) -> RequestKey | None:
    """Says, in the current context, which request is being handled; None without an id."""
    request_id = str(getattr(request, "request_id", ""))
    key = None
    if request_id:
        body = request.SerializeToString(deterministic=True)
        key = RequestKey(
            principal=principal,
            method=method,
            request_id=request_id,
            body_digest=hashlib.sha256(body).hexdigest(),
        )
    _PENDING.set(key)
    return key


def recall(database: Database, key: RequestKey, response_type: type[M]) -> M | None:
    """Returns the answer that the request had before, or None.

    Raises:
        RequestRefused: The id was used with another body.
        RefusedBefore: The answer was a refusal.
    """
    with database.read() as connection:
        row = connection.execute(_row_of(key)).first()
    if row is None:
        return None
    if row.body_digest != key.body_digest:
        raise reused(key.request_id)
    if row.refused:
        raise RefusedBefore(status_pb2.Status.FromString(row.response))
    answer = response_type()
    answer.ParseFromString(row.response)
    return answer


def reused(request_id: str) -> RequestRefused:
    """Returns the refusal of an id that was used with another body."""
    return RequestRefused(
        StatusCode.INVALID_ARGUMENT,
        "ERROR_REASON_REQUEST_ID_REUSED",
        f"request_id {request_id} was used with another body",
        violations=[FieldViolation("request_id", "used with another body")],
        found=request_id,
        allowed="a new request_id, or the same body",
    )


def refuse_twin(connection: Connection) -> None:
    """Refuses a request whose twin, sent at the same moment, was first.

    Call it at the beginning of the transaction that `remember` ends: before the work can be
    refused for what the twin has done.

    Raises:
        RequestRefused: The request has been answered since it was looked up.
    """
    key = _PENDING.get()
    if key is not None and connection.execute(_row_of(key)).first() is not None:
        raise _in_use(key)


def remember(connection: Connection, response: M) -> M:
    """Stores the answer in the transaction that makes it true, and returns it.

    Raises:
        RequestRefused: Its twin, sent at the same moment, was first.
    """
    _store(connection, response, refused=False)
    return response


def remember_refusal(connection: Connection, answer: status_pb2.Status) -> None:
    """Stores a refusal as the answer; for a refusal that is itself recorded.

    Raises:
        RequestRefused: Its twin, sent at the same moment, was first.
    """
    _store(connection, answer, refused=True)


def _store(connection: Connection, answer: Message, *, refused: bool) -> None:
    key = _PENDING.get()
    if key is None:
        return
    row = insert(REQUEST_LOG).values(
        principal=key.principal,
        method=key.method,
        request_id=key.request_id,
        body_digest=key.body_digest,
        response=answer.SerializeToString(),
        refused=refused,
    )
    try:
        connection.execute(row)
    except IntegrityError as error:
        raise _in_use(key) from error


def _row_of(key: RequestKey) -> Select[Any]:
    return select(REQUEST_LOG.c.body_digest, REQUEST_LOG.c.response, REQUEST_LOG.c.refused).where(
        REQUEST_LOG.c.principal == key.principal,
        REQUEST_LOG.c.method == key.method,
        REQUEST_LOG.c.request_id == key.request_id,
    )


def _in_use(key: RequestKey) -> RequestRefused:
    return RequestRefused(
        StatusCode.ABORTED,
        "ERROR_REASON_REQUEST_ID_IN_USE",
        f"request_id {key.request_id} is being handled: send it again",
        found=key.request_id,
        allowed="the same request, again",
    )
