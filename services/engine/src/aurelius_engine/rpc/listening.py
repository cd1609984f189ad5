"""A wait that ends with the call it serves."""

from collections.abc import Callable

import grpc

from aurelius_engine.application.announcements import Listener


def close_with_call(context: grpc.ServicerContext) -> Callable[[Listener], None]:
    """Returns what closes a listener as soon as the client is gone or out of time."""

    def opened(listener: Listener) -> None:
        if not context.add_callback(listener.close):  # the call has ended already
            listener.close()

    return opened
