"""Settings from the environment: see :mod:`.test_power_loss`."""

import os
from typing import Final

SEED: Final = int(os.environ.get("POWER_SEED", "1"))
POINTS: Final = int(os.environ.get("POWER_POINTS", "100"))
MESSAGES: Final = int(os.environ.get("POWER_MESSAGES", "900"))
SERVERS: Final = int(os.environ.get("POWER_SERVERS", "10"))
RECORD: Final = os.environ.get("POWER_RECORD")
