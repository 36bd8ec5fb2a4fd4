"""The protocol: calls, results, events, their encoding, and the documents generated from them."""
