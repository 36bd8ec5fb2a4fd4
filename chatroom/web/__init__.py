"""The page, as files."""
