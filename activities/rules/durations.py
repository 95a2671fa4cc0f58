"""Whole minutes as a number of hours. `members.calendar.duration_text` gives them in words."""

MINUTES_AN_HOUR = 60


def hours_text(minutes: int) -> str:
    """Return hours with one decimal: 750 → "12.5", 1199 → "19.9".

    The figure is rounded down, so it never shows time that was not served.
    """
    whole, tenth = divmod(minutes * 10 // MINUTES_AN_HOUR, 10)
    return f"{whole}.{tenth}" if tenth else str(whole)
