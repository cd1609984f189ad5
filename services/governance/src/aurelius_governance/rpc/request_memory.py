"""The chassis's memory of request ids, for the store's transactions."""

from google.protobuf.message import Message
from sqlalchemy import Connection

from aurelius_chassis import request_log
from aurelius_chassis.errors import ErrorTable
from aurelius_governance.domain.errors import GovernanceError


class ChassisRequestMemory:
    """Implements the store's `RequestMemory`."""

    def __init__(self, errors: ErrorTable):
        """Takes the table that turns a refusal into the status that is kept."""
        self._errors = errors

    def refuse_twin(self, connection: Connection) -> None:
        """See the protocol."""
        request_log.refuse_twin(connection)

    def remember(self, connection: Connection, response: object) -> None:
        """See the protocol."""
        if not isinstance(response, Message):
            raise TypeError(f"{type(response).__name__} is no message")
        request_log.remember(connection, response)

    def remember_refusal(self, connection: Connection, refusal: GovernanceError) -> None:
        """See the protocol."""
        status = self._errors.status_of(refusal)
        if status is None:
            raise TypeError(f"{type(refusal).__name__} has no wire error")
        request_log.remember_refusal(connection, status)
