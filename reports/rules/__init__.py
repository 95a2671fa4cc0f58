"""Rules of the notice that decide from figures: pure, no framework, the day is an argument."""
