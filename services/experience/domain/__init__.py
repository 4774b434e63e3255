"""What an experience is worth: pure functions of what happened, the service concept and the time."""
