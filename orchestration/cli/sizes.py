"""Write file sizes in readable units."""

UNITS = ("B", "kB", "MB", "GB", "TB")


def readable(size_bytes: float) -> str:
    """Return the size in the largest decimal unit that gives at least 1.

    >>> readable(999), readable(2_340_000)
    ('999 B', '2.3 MB')
    """
    unit = 0
    while size_bytes >= 1000 and unit < len(UNITS) - 1:
        size_bytes, unit = size_bytes / 1000, unit + 1
    return f"{size_bytes:.1f} {UNITS[unit]}" if unit else f"{size_bytes:.0f} B"
