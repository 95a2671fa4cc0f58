"""Whole minutes as people read them."""

MINUTES_AN_HOUR = 60


def hours_text(minutes: int) -> str:
    """Hours with one decimal, rounded down: 750 → "12.5", 1199 → "19.9". What is not there yet is never shown."""
    tenths = minutes * 10 // MINUTES_AN_HOUR
    whole, tenth = divmod(tenths, 10)
    return f"{whole}.{tenth}" if tenth else str(whole)


def duration_text(minutes: int) -> str:
    """To the minute: 150 → "2 小时 30 分钟"."""
    hours, rest = divmod(minutes, MINUTES_AN_HOUR)
    words = [f"{hours} 小时"] if hours else []
    if rest or not hours:
        words.append(f"{rest} 分钟")
    return " ".join(words)
