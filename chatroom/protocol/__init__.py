"""The protocol: calls, results, events, their encoding, and the documents made from them."""
