"""``chatroom chat``: a person's chat in the terminal.

On prompt_toolkit rather than textual, after trying both with Trio as a guest of their asyncio
loops, which works with either: prompt_toolkit shows its first screen in half the time (0.10-0.16 s
against 0.17-0.33 s), brings one package along instead of eight, writes a fourteenth of the bytes,
leaves the terminal's own selecting and scrolling alone, and draws from pure functions, so nothing
of the chat's state lives in widgets.

``command`` asks who it is, ``terminal`` holds it together, ``link`` talks to the server, ``talk``
does what the person does; ``state``, ``window``, ``words``, ``rows``, ``view``, ``commands`` and
``completion`` are pure; ``screen`` has the keys and panes.
"""
