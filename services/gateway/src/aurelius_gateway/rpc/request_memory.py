"""The chassis's memory of request ids, for the store's transactions."""

from google.protobuf.message import Message
from sqlalchemy import Connection

from aurelius_chassis import request_log


class ChassisRequestMemory:
    """Implements the store's `RequestMemory`."""

    def refuse_twin(self, connection: Connection) -> None:
        """See the protocol."""
        request_log.refuse_twin(connection)

    def remember(self, connection: Connection, response: object) -> None:
        """See the protocol."""
        if not isinstance(response, Message):
            raise TypeError(f"{type(response).__name__} is no message")
        request_log.remember(connection, response)
