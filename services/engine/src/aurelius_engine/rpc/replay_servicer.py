"""ReplayService: each RPC translates and decides nothing."""

from collections.abc import Iterator

import grpc

from aurelius.engine.v1 import replay_service_pb2, replay_service_pb2_grpc
from aurelius_chassis.caller import current_caller
from aurelius_engine.application.replays import Replays
from aurelius_engine.rpc import record_mapping as mapping
from aurelius_engine.rpc.listening import close_with_call
from aurelius_engine.rpc.mapping import identity_from_proto

Context = grpc.ServicerContext


class ReplayServicer(replay_service_pb2_grpc.ReplayServiceServicer):
    """Serves ReplayService."""

    def __init__(self, replays: Replays) -> None:
        """Takes the use case."""
        self._replays = replays

    def CreateReplay(
        self, request: replay_service_pb2.CreateReplayRequest, context: Context
    ) -> replay_service_pb2.Replay:
        """Accepts a replay."""
        return self._replays.create(
            identity_from_proto(request.identity),
            caller=current_caller().name,
            respond=mapping.replay_to_proto,
        )

    def GetReplay(
        self, request: replay_service_pb2.GetReplayRequest, context: Context
    ) -> replay_service_pb2.Replay:
        """Gets a replay."""
        return mapping.replay_to_proto(self._replays.get(request.name))

    def WatchReplay(
        self, request: replay_service_pb2.WatchReplayRequest, context: Context
    ) -> Iterator[replay_service_pb2.WatchReplayResponse]:
        """Watches a replay."""
        for replay in self._replays.watch(request.name, close_with_call(context)):
            yield replay_service_pb2.WatchReplayResponse(replay=mapping.replay_to_proto(replay))
