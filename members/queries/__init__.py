"""Questions to the database: counted, summed, joined how. They lie above models and may call rules."""
