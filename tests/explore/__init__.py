"""The page that chooses cohorts by clicking."""
