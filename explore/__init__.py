"""The page for readers who know no SQL: choose a cohort by clicking, see its curves, and save it as a recipe."""
