"""Hands frames to Great Expectations and takes from its results what holds no value of a patient.

Messages of the library are discarded: they can quote a cell. Importing it takes seconds, so it is imported where it is
used.
"""

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

COUNTS: dict[str, Any] = {"result_format": "BASIC", "exclude_unexpected_values": True, "partial_unexpected_count": 0}
"""Result format: counts, and none of the values that were counted."""
WHETHER: dict[str, Any] = {"result_format": "BOOLEAN_ONLY"}


def new_context() -> Any:
    """Return an in-memory context: no folder, no telemetry, no progress bars."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its import uses modules that Python has deprecated
        import great_expectations as gx
        from great_expectations.data_context.types import base

    config = base.DataContextConfig(
        store_backend_defaults=base.InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=base.ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    return gx.get_context(mode="ephemeral", project_config=config)


def new_batches() -> Any:
    """Return a place for frames to be judged, in a context of its own; each is judged when it is put there."""
    asset = new_context().data_sources.add_pandas("frames").add_dataframe_asset("frame")
    return asset.add_batch_definition_whole_dataframe("rows")


def validate(
    batches: Any, name: str, frame: "pd.DataFrame", expectations: Sequence[Any], result_format: dict[str, Any]
) -> list[dict]:
    """Return the result of each expectation on the frame, in the library's order."""
    import great_expectations as gx

    suite = gx.ExpectationSuite(name=name, expectations=list(expectations))
    result = batches.get_batch({"dataframe": frame}).validate(suite, result_format=result_format)
    return result.to_json_dict()["results"]


def key_of(result: dict) -> tuple[str, str]:
    """Return (table, name) of the expectation that a result is about."""
    meta = result["expectation_config"]["meta"]
    return meta["table"], meta["name"]


def raised(result: dict) -> str:
    """Return the kind of exception that judging raised, or '' if none."""
    told = result["exception_info"]
    for one in [told] if "raised_exception" in told else told.values():
        if one["raised_exception"]:
            last = str(one["exception_traceback"]).strip().rpartition("\n")[2]
            kind = last.split(":")[0].rpartition(".")[2]
            return kind if kind.isidentifier() else "an error"
    return ""


def shown_result(result: dict, observed: float | None) -> dict:
    """Return of a result what a page shows: the expectation, whether it is met, and one number."""
    config = {name: value for name, value in result["expectation_config"].items() if name != "id"}
    return {
        "success": result["success"],
        "expectation_config": config,
        "result": {} if observed is None else {"observed_value": observed},
        "meta": {},
        "exception_info": {"raised_exception": False, "exception_traceback": None, "exception_message": None},
    }


def shown_suite(name: str, results: Sequence[dict]) -> dict:
    """Return a suite's validation result, as the library stores one, of results that a page may show."""
    import great_expectations as gx

    met = sum(one["success"] for one in results)
    return {
        "success": met == len(results),
        "suite_name": name,
        "suite_parameters": {},
        "statistics": {
            "evaluated_expectations": len(results),
            "successful_expectations": met,
            "unsuccessful_expectations": len(results) - met,
            "success_percent": 100.0 * met / len(results) if results else None,
        },
        "results": list(results),
        "meta": {
            "great_expectations_version": gx.__version__,
            "run_id": {"run_name": name, "run_time": "2000-01-01T00:00:00+00:00"},
        },
    }
