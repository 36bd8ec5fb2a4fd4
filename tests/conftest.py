"""For all suites: Hypothesis draws the same examples each time, so that failures can be repeated.

``HYPOTHESIS_PROFILE=soak`` explores anew, and longer.
"""

import os

from hypothesis import settings

settings.register_profile("same", derandomize=True, deadline=None, database=None)
settings.register_profile("soak", max_examples=5000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
