"""Tests of the package ablation_registry, of its page and of the notebooks."""
