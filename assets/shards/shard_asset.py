"""Defines the asset shards/patients: one partition for each shard, made by whichever worker takes it.

Only a refresh asks for it (ask_for_shards.py), since a shard is made from a work order and not from what a person sees.
A worker needs neither home nor registry.toml: it builds `shards_job` from the number of shards that comes with a run.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from pydantic import Field

from assets.ui.table_metadata import HOLDS, MADE, OWNERS, key
from warehouse.storage.errors import RegistryError
from warehouse.storage.faults import is_interruption

JOB, GROUP = "shards", "shards"
PATIENTS = key("shards.patients")
OP = "__".join(PATIENTS.path)


class ShardConfig(dg.Config):
    """The work order that the shard belongs to."""

    order: str = Field(description="Where the work order lies: a folder, or s3://bucket/folder. A refresh fills it in.")


def partition_of(shard: int, n_shards: int) -> str:
    """Return the shard's partition key, padded so that keys sort as the numbers do."""
    return str(shard).zfill(len(str(n_shards - 1)))


def shards_asset(n_shards: int) -> dg.AssetsDefinition:
    """Return the asset with one partition for each shard. It is in no pool: that of the other assets is occupied by the
    run that asks for it.
    """

    @dg.asset(
        key=PATIENTS,
        partitions_def=dg.StaticPartitionsDefinition([partition_of(n, n_shards) for n in range(n_shards)]),
        group_name=GROUP,
        owners=OWNERS,
        tags={HOLDS: "patients", MADE: "each_refresh"},
        kinds={"duckdb"},
        description="What a full refresh computes for the patients of one shard, from raw to derived rows. A refresh "
        "asks workers for it and gathers it; a shard that is made twice changes nothing.",
    )
    def patients(context: dg.AssetExecutionContext, config: ShardConfig) -> dg.MaterializeResult:
        from warehouse.shards.make_shard import make_shard

        with without_values(f"Making shard {context.partition_key}"):
            made = make_shard(config.order, int(context.partition_key))
        return dg.MaterializeResult(
            metadata={"dagster/row_count": sum(made.rows.values()), "was_there": made.was_there}
        )

    return patients


def shards_job(n_shards: int) -> dg.JobDefinition:
    """Return the job that makes one shard. Any process can build it from the number."""
    job = dg.define_asset_job(JOB, dg.AssetSelection.assets(PATIENTS), executor_def=dg.in_process_executor)
    return dg.Definitions(assets=[shards_asset(n_shards)], jobs=[job]).resolve_job_def(JOB)


@contextmanager
def without_values(what: str) -> Iterator[None]:
    """Turn failures inside the block into a dg.Failure that quotes nothing. A worker has no home for a full report."""
    try:
        yield
    except RegistryError as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    except Exception as error:
        if is_interruption(error):
            raise dg.DagsterExecutionInterruptedError(f"{what} was interrupted.") from None
        raise dg.Failure(f"{what} failed ({type(error).__name__}).", allow_retries=False) from None
