"""How the centres serve their patients: volumes, waits, outcomes beside each other, follow-up."""
