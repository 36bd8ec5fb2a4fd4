"""The store in SQL: tables, queries and writes that all engines have in common. Start at
:mod:`.store`. An engine is a package beside this one, such as :mod:`chatroom.store.sqlite`.
"""
