"""Clean tables: typed rows judged by the rules, quarantine and the ledger.

Not here: the rules themselves (schemas/), and their results as tables (quality/)."""
