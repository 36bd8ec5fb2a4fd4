"""What servers and commands import, at their start or when they need it, for :mod:`.forked`.

What they compute of it alone is computed too: how calls, replies, events and settings are encoded
and decoded, and the page as it is served.
"""

import gc
from importlib import import_module

from chatroom import config_sources
from chatroom.cli.commands import COMMAND_MODULES
from chatroom.http.assets import load_assets
from chatroom.protocol import asyncapi
from chatroom.protocol.calls import CALLS
from chatroom.protocol.converters import FAST
from chatroom.protocol.events import EVENTS

from ..no_numpy import hide_numpy

hide_numpy()
for module in (
    *("chatroom.server", "chatroom.cli.chat.terminal", "chatroom.push.keys"),
    *(f"chatroom.cli{module}" for module in COMMAND_MODULES.values()),
    *("emoji", "puremagic", "sqlite_utils.migrations"),
):
    import_module(module)

config_sources.load(None, {}, {"signup": "open"})
load_assets("")
asyncapi.encoded()
for call in CALLS.values():
    FAST.get_structure_hook(call)
    FAST.get_unstructure_hook(call.declared.reply)
for event in EVENTS.values():
    FAST.get_unstructure_hook(event)

gc.collect()
gc.freeze()
