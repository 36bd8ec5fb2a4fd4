"""What names look like: characters that nobody sees, and names that look like others. Pure."""
