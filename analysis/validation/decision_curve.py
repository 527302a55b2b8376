"""What it would bring to act on predicted risks: the net benefit at each risk from which one would act.

Who acts at a risk of p finds one missed event as bad as (1 - p) / p needless acts. The net benefit of a model is the
share who are rightly acted on less the share who are needlessly acted on times p / (1 - p) (Vickers and Elkin, Med
Decis Making 2006;26:565), beside acting on everybody, and on nobody, which is 0. Right and needless are by the
cumulative incidence among those at or above p, so that censoring is dealt with and death competes where it does
(Vickers et al., BMC Med Inform Decis Mak 2008;8:53). One unit is one event found per subject. A curve says nothing on
whether acting helps, and its differences rest on few events unless there are many.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from analysis.validation.timeline import Timeline


class NetBenefit(NamedTuple):
    """At one threshold: how many are at or above it, and the net benefit of acting on them, and on everybody."""

    threshold: float
    n: int
    of_model: float
    of_all: float


def net_benefits(
    time: np.ndarray, event: np.ndarray, risk: np.ndarray, at: float, thresholds: np.ndarray
) -> list[NetBenefit]:
    """Return the net benefit at each threshold (0 < p < 1) at the time ``at``; NaN where those at or above it are not
    watched so long. ``event``: 0 censored, 1 the event, more what competes.
    """
    timeline = Timeline(time, event)
    whole = timeline.incidence(at, np.ones(len(time)))
    found = []
    for threshold in thresholds:
        odds = threshold / (1.0 - threshold)
        acts = risk >= threshold
        n = int(acts.sum())
        share = timeline.incidence(at, acts.astype(float)) if n else 0.0
        benefit = n / len(time) * (share - (1.0 - share) * odds)
        found.append(NetBenefit(float(threshold), n, benefit, whole - (1.0 - whole) * odds))
    return found
