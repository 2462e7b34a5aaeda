"""A program that follows customers' events with the library's runner of projections until it is killed."""

from __future__ import annotations

import sys

from eventsourcing.projection import ProjectionRunner

from footfall.eventsourcing import CustomerEvents
from tests.contracts.eventsourcing.hosts import Seen, SeenEvents, environment

if __name__ == "__main__":
    with ProjectionRunner(
        application_class=CustomerEvents,
        projection_class=SeenEvents,
        view_class=Seen,
        env=environment(sys.argv[1]),
    ) as runner:
        sys.stdout.write("following\n")
        sys.stdout.flush()
        runner.run_forever()
