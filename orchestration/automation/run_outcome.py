"""How a run ended: the checks that refused, the first failure."""

from collections.abc import Iterable

INTERRUPTIONS = ("KeyboardInterrupt", "DagsterExecutionInterruptedError")


def refusing_checks(events: Iterable) -> tuple[str, ...]:
    """The blocking checks that did not pass, among a run's events."""
    judged = [event.event_specific_data for event in events if event.event_type_value == "ASSET_CHECK_EVALUATION"]
    return tuple(f"{e.asset_key.to_user_string()}: {e.check_name}" for e in judged if not e.passed and e.blocking)


def first_failure(events: Iterable) -> str:
    """Why a run failed, in the words of its first failed step, among its events. They hold no values."""
    for event in events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            if error.cls_name in INTERRUPTIONS:
                return f"The run was interrupted in its step {event.step_key}."
            user = event.step_failure_data.user_failure_data
            return user.description if user and user.description else f"{event.step_key}: {error.cls_name}."
    return "The run failed before its first step."
