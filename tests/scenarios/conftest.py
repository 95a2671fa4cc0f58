"""Prints how many rows the scenarios compared."""

from tests.scenarios.answers import COMPARISONS


def pytest_terminal_summary(terminalreporter):
    if COMPARISONS.schools:
        terminalreporter.write_line(
            f"scenarios: {COMPARISONS.rows} comparisons in {COMPARISONS.schools} schools"
        )
