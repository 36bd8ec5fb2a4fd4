"""Administration: the data directory, the control socket, and the operators' calls."""
