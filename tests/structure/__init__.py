"""The house itself: its rooms, its files, its words."""
