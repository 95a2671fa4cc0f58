"""Questions to the database: which rows, for whom, counted how. Models take their QuerySets from here."""
