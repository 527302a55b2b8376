"""Models with covariates: Cox, Fine-Gray, logistic, GEE, Firth, and what they share.

Not here: which models a registry fits (plan/, declared_models.py)."""
