"""Erasure: a patient leaves the registry and does not come back.

erasure_list.py lists who was erased, as keyed hashes. redact_file.py writes a delivered file again without their rows,
which screen_arrival.py does before a new file is archived and erase_from_archive.py to files that are archived already.
patient_contribution.py counts what the patient added to each delivery, erase_from_release.py copies a release without
the patient; erase_from_build.py, erase_other_traces.py and erase_from_run_history.py clean what else lies in the home,
notes.py tells whom a note names. files_left_in_landing.py only looks: landing/ is the site's. What follows what is in
workflows/erasure_steps.py, and how a release's analyses and reports are made again in workflows/remake_release.py
(docs/erasure.md).
"""
