"""Rules of the notice that decide over figures: pure, no framework, the day is an argument."""
