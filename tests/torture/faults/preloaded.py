"""What the processes of `children` have loaded before they are forked."""

import footfall.doors.http.serving
import footfall.infrastructure.wiring  # noqa: F401
from tests.torture.faults import unprotected, unprotected_views  # noqa: F401
from tests.torture.watch import checker, journal  # noqa: F401
