"""What the environment says to the engine service."""

import os
from dataclasses import dataclass, field

from aurelius_chassis import settings as chassis_settings
from aurelius_engine.adapters.bounded_files import MAX_ROWS


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the environment says, each field as AURELIUS_ and its name in capitals.

    `objects_url` is `file:///folder`, `memory:///` or the URL of a bucket;
    `gateway_target` is the `host:port` that issues the keys of tokens.
    """

    listen: str
    database_url: str
    objects_url: str
    gateway_target: str
    upload_max_bytes: int = 536_870_912
    upload_max_rows: int = MAX_ROWS
    upload_open_max_seconds: int = 7 * 86_400
    run_workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    run_queue_max_count: int = 256
    sweep_workers: int = field(default_factory=lambda: min(2, os.cpu_count() or 1))
    table_cache_max_bytes: int = 512 * 1024 * 1024
    run_stop_max_seconds: float = 10.0
    replay_max_seconds: float = 3600.0
    metrics_listen: str | None = None
    otlp_target: str | None = None

    def __post_init__(self) -> None:
        """Refuses limits that cannot hold."""
        chassis_settings.require_positive(
            self,
            "upload_max_bytes",
            "upload_max_rows",
            "upload_open_max_seconds",
            "run_workers",
            "run_queue_max_count",
            "sweep_workers",
            "table_cache_max_bytes",
            "run_stop_max_seconds",
            "replay_max_seconds",
        )
