"""Lives of activities, pairings, appraisals and honours, played at random by all roles, and what must hold at the end."""
