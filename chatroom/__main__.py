"""``python -m chatroom``, for when the ``chatroom`` script is not on the path."""

from .cli import main

main(prog_name="chatroom")
