"""HTTP routes: accounts, health, the page, the protocol's document. Read ``routes.py`` first."""
