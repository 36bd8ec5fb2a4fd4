"""HTTP: accounts, health, web page, protocol document. Read ``routes.py`` first."""
