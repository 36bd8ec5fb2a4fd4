"""Benchmarks: Trio scripts that drive the real server. ``python -m bench --help``."""
