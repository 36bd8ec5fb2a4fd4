"""What a run may be given from outside."""

import os
from typing import Final

MESSAGES: Final = int(os.environ.get("SOAK_MESSAGES", "3000"))
SEED: Final = int(os.environ.get("SOAK_SEED", "1"))
