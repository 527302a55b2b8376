"""Removes a patient's keys from the log of what was shared; the counts that left stay, since they are out."""

from collections.abc import Iterable

from warehouse.releases.share_groups import from_bytes, hashes, key_of, to_bytes, without
from warehouse.releases.share_log import outputs, replace_groups
from warehouse.storage.home import Home

ERASED = "erased"
"""What a file of groups says of how many of its patients were erased: they still stand in the counts that left."""


def erase_from_shared(home: Home, site: str, ids: Iterable[str]) -> int:
    """Remove the patient's hashed keys from each output's groups, and return from how many outputs."""
    listed = outputs(home)
    if not listed:
        return 0
    gone = hashes(key_of(home), "patient", [(site, patient_id) for patient_id in sorted(ids)])
    n_changed = 0
    for output in listed:
        kept, n_gone = without(from_bytes(output.groups.read_bytes()), gone)
        if n_gone:
            about = kept["patient"].about
            kept["patient"].about = about | {ERASED: about.get(ERASED, 0) + n_gone}
            replace_groups(home, output.id, to_bytes(kept))
            n_changed += 1
    return n_changed
