"""Questions of pairing: codes, places left, teams and who has joined."""
