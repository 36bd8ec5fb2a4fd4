"""``python -m chatroom.cli``, for when the ``chatroom`` script is not on the path."""

from .commands import main

main(prog_name="chatroom")
