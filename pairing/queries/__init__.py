"""Questions of pairing: places left, who has joined, histories. They lie above models and may call rules."""
