"""Read from a run's events how it ended: the checks that refused the release, and the first failure."""

from collections.abc import Iterable

INTERRUPTIONS = ("KeyboardInterrupt", "DagsterExecutionInterruptedError")


def refusing_checks(events: Iterable) -> tuple[str, ...]:
    """Return the blocking checks among a run's events that did not pass, as `asset: check`."""
    judged = [event.event_specific_data for event in events if event.event_type_value == "ASSET_CHECK_EVALUATION"]
    return tuple(f"{e.asset_key.to_user_string()}: {e.check_name}" for e in judged if not e.passed and e.blocking)


def first_failure(events: Iterable) -> str:
    """Return why a run failed, as its first failed step words it. Such messages hold no patient's values."""
    for event in events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            if error.cls_name in INTERRUPTIONS:
                return f"The run was interrupted in step {event.step_key}."
            user = event.step_failure_data.user_failure_data
            return user.description if user and user.description else f"{event.step_key}: {error.cls_name}."
    return "The run failed before its first step."
