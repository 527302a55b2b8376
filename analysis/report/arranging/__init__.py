"""Arranging built sections into a page: nothing twice, folds, numbers, downloads, units that stay with their
numbers."""
