"""Models put to the test: estimators, files of published models and claims, the command and what leaves of it."""
