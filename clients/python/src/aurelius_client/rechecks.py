"""A validation computed again, in this process, from what the server gives out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from aurelius.engine.v1 import dataset_pb2, validation_pb2
from aurelius_client.errors import FailedPrecondition

if TYPE_CHECKING:
    from aurelius_engine.in_process import Studied


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One digest or name: as the server states it, as its download hashes, as computed here.

    `downloaded` is empty of what is not downloaded; the others are empty of a table that only
    the other side has.
    """

    what: str
    stated: str
    downloaded: str
    computed: str

    @property
    def equal(self) -> bool:
        """Whether there is one value, and no other."""
        return bool(self.stated) and {self.downloaded or self.stated, self.computed} == {
            self.stated
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Recheck:
    """What the recheck of a validation compared."""

    validation: str
    seed: int
    engine_version: str
    compared: tuple[Compared, ...]

    @property
    def equal(self) -> bool:
        """Whether everything is as the server says."""
        return all(one.equal for one in self.compared)


def refuse_other_engine(validation: validation_pb2.Validation, installed: str) -> None:
    """Refuses to compare digests of two engines.

    Raises:
        FailedPrecondition: Another engine computed the validation.
    """
    if validation.engine_version != installed:
        raise FailedPrecondition(
            "ENGINE_VERSION_MISMATCH",
            f"{validation.name} was computed by another engine than the one installed here",
            found=installed,
            allowed=validation.engine_version,
        )


def rows_file(rows: pa.Table) -> bytes:
    """Returns rows as the Arrow file that the engine reads."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, rows.schema) as writer:
        writer.write_table(rows)
    return bytes(sink.getvalue())


def compared(
    validation: validation_pb2.Validation,
    dataset: dataset_pb2.Dataset,
    downloaded: Mapping[str, str],
    studied: "Studied",
) -> Recheck:
    """Puts side by side what the server says and what was computed here.

    Args:
        validation: As the server has it; it succeeded.
        dataset: Its dataset.
        downloaded: The digest of each table as it came, by its id.
        studied: What was computed here.
    """
    result = validation.result
    stated = {table.name.rpartition("/")[2]: table.digest for table in result.tables}
    rows = [
        ("validation", validation.name, "", studied.name),
        ("specification", validation.validation_hash, "", studied.validation_hash),
        ("data", validation.data_hash, "", studied.data_hash),
        ("quality report", dataset.quality_report_digest, "", studied.quality_report_digest),
    ]
    for table in sorted(stated.keys() | studied.tables.keys()):
        came = downloaded.get(table, "")
        rows.append((table, stated.get(table, ""), came, studied.tables.get(table, "")))
    rows.append(("result", result.result_digest, "", studied.result_digest))
    return Recheck(
        validation=validation.name,
        seed=validation.seed,
        engine_version=validation.engine_version,
        compared=tuple(
            Compared(what=what, stated=says, downloaded=came, computed=found)
            for what, says, came, found in rows
        ),
    )
