"""For all suites: Hypothesis draws the same examples in each run, so that failures are repeatable.

``HYPOTHESIS_PROFILE=soak`` draws new examples, and more of them.
"""

import os

from hypothesis import settings

settings.register_profile("same", derandomize=True, deadline=None, database=None)
settings.register_profile("soak", max_examples=5000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
