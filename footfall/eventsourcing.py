"""The store as a persistence module of the `eventsourcing` library: `PERSISTENCE_MODULE=footfall.eventsourcing`."""

from .infrastructure.eventsourcing_adapter import (
    CustomerEvents,
    FootfallAggregateRecorder,
    FootfallApplicationRecorder,
    FootfallFactory,
    FootfallProcessRecorder,
    FootfallTrackingRecorder,
)

__all__ = [
    "CustomerEvents",
    "FootfallAggregateRecorder",
    "FootfallApplicationRecorder",
    "FootfallFactory",
    "FootfallProcessRecorder",
    "FootfallTrackingRecorder",
]
