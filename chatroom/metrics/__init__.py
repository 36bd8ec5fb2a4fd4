"""The metrics of a node, for Prometheus: what they are, and how a scrape is answered."""
