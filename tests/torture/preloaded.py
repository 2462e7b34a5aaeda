"""What the processes of `children` have loaded before they are forked."""

import footfall.infrastructure.wiring  # noqa: F401
from tests.torture import checker, journal, unprotected, unprotected_views  # noqa: F401
