"""The analysis room on small and simulated registries: figures, guards, shapes and order."""
