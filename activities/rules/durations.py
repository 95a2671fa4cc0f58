"""Whole minutes as a figure of hours. In words they are `members.calendar.duration_text`."""

MINUTES_AN_HOUR = 60


def hours_text(minutes: int) -> str:
    """Hours with one decimal, rounded down: 750 → "12.5", 1199 → "19.9". What is not there yet is never shown."""
    whole, tenth = divmod(minutes * 10 // MINUTES_AN_HOUR, 10)
    return f"{whole}.{tenth}" if tenth else str(whole)
