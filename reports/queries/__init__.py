"""Questions to the database about bulletins and dashboards."""
