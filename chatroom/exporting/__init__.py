"""Exports as JSON lines and files: of everything, and of what the server has of one person.

:mod:`.everything` writes the records that :mod:`chatroom.importing` reads.
"""
