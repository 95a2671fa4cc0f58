"""The lists of this app, a module per subject. `reports.apps` registers them."""
