"""Comparison of two treatments that nobody assigned by chance: weights by propensity, balance, weighted estimates.

Here: the statistics. What is compared, and adjusted for, a registry declares in its plan.toml
(workflows/comparisons.py); without that nothing here is called.
"""
