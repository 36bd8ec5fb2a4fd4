"""``python -m chatroom.cli``, where the ``chatroom`` script is not on the path."""

from .commands import main

main(prog_name="chatroom")
