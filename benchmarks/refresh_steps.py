"""Names the steps of a refresh up to the release, for a clock to time."""

from __future__ import annotations

from benchmarks.clock import Clock
from warehouse.clean import clean, cross_rules, ledger, lesions, quarantine, validation
from warehouse.derived import completeness, derive, gates
from warehouse.expectations import run as expectations
from warehouse.intake import landing
from warehouse.quality import canaries
from warehouse.quality import rule_results as results
from warehouse.raw import loading
from warehouse.refresh import provenance
from warehouse.releases import column_descriptions
from warehouse.releases import release as releases
from warehouse.storage import content_hashes, hashing


def watch_steps(clock: Clock) -> None:
    """Make the clock time the steps of the refresh."""
    clock.watch(landing.land, "archive")
    clock.watch(loading.load_waiting, "load")
    clock.watch(clean.write_history, "history")
    clock.watch(validation.validate, "validate", argument=1)
    clock.watch(clean.clean, "rules across tables, flags, lesions")
    clock.watch(quarantine.write_quarantine, "quarantine and ledger")
    clock.watch(ledger.write_ledger, "quarantine and ledger")
    clock.watch(ledger.unbalanced, "quarantine and ledger")
    clock.watch(results.write_results, "rules counted")
    clock.watch(cross_rules.apply_cross_rules, "rules across tables, flags, lesions")
    clock.watch(validation.write_flags, "rules across tables, flags, lesions")
    clock.watch(lesions.build_lesions, "rules across tables, flags, lesions")
    clock.watch(content_hashes.recount, "hashes")
    clock.watch(completeness.build_completeness, "completeness")
    clock.watch(canaries.run_canaries, "canaries")
    clock.watch(expectations.write_expectations, "expectations")
    clock.watch(derive.derive, "derive", argument=1)
    clock.watch(gates.derived_contract, "gates")
    clock.watch(gates.rule_gate, "gates")
    clock.watch(hashing.table_hash, "hashes")
    clock.watch(column_descriptions.write_columns, "publish")
    clock.watch(provenance.manifest, "publish")
    clock.watch(releases.publish, "publish")
