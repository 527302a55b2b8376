"""Comparisons of two treatments: weights, refusals, the plan that declares them, and its page."""
