"""Import of what people wrote elsewhere: see docs/importing.md.

:mod:`.records` are the lines of an export, :mod:`.export` reads and checks all of them,
:mod:`.plan` compares them with the data directory, and :mod:`.importer` writes.
"""
