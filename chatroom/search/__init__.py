"""Search: which words a text has, and which texts a query finds. Pure, without SQL: every store
gives the same results."""
