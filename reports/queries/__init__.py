"""Questions of reports: figures, verdicts, scores. They lie above models and may call rules."""
