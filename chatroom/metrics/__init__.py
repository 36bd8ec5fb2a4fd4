"""The metrics of a node for Prometheus, and the answer to a scrape."""
