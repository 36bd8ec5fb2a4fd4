"""``chatroom chat``: interactive chat in the terminal.

It uses prompt_toolkit. Textual was tried too; both run with Trio as a guest of their asyncio loops.
prompt_toolkit shows the first screen in half the time (0.10-0.16 s against 0.17-0.33 s), has one
dependency instead of eight, writes a fourteenth of the bytes, leaves selecting and scrolling to the
terminal, and draws from pure functions, so that widgets have no state of the chat.

``command`` logs in, ``terminal`` runs the parts, ``sync`` and ``lists`` call the server,
``controller`` handles the user's actions, ``screen`` has keys and panes. ``state``, ``inbox``,
``window``, ``types``, ``layout``, ``view``, ``commands`` and ``completion`` are pure.
"""
