"""``admin``: a command for each request of the administration.

``command`` makes them of :data:`chatroom.http.admin_table.ROWS`, ``parameters`` their arguments and
options, and ``replies`` what they print.
"""
