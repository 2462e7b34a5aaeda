"""The store in the words of the `eventsourcing` library: a persistence module for a host's own aggregates, which lie in
tables of their own, and customers' events to be followed, which the engine alone writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import time_ns
from typing import Any, TypeVar
from uuid import UUID
from weakref import finalize

from eventsourcing.application import Application
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    InfrastructureFactory,
    IntegrityError,
    Mapper,
    Notification,
    NotSupportedError,
    OperationalError,
    ProcessRecorder,
    Recorder,
    StoredEvent,
    Subscription,
    Tracking,
    TrackingRecorder,
)
from eventsourcing.utils import Environment, EnvType, resolve_topic
from sqlalchemy.engine import Connection

from ..application.ports.errors import (
    AppendConflict,
    EngineClosed,
    StoreBusy,
    StoreFull,
    StoreRefused,
    StoreUnavailable,
)
from ..domain.events import Recorded
from .database.database import Database
from .log.all_customers import AllCustomers
from .log.application_events import ApplicationEvents
from .log.codec import decode
from .log.numbered import Follower, NumberedEvent, NumberedSequence, page
from .log.wakeups import wakeup
from .settings import VARIABLES, read_settings
from .wiring import open_log

_REFUSED = "customers' events are written by Footfall's engine alone: hand them to engine.track()"

_RecorderT = TypeVar("_RecorderT", bound=Recorder)


@contextmanager
def _library_errors() -> Iterator[None]:
    try:
        yield
    except AppendConflict as error:
        raise IntegrityError(str(error)) from error
    except (EngineClosed, StoreBusy, StoreFull, StoreRefused, StoreUnavailable) as error:
        raise OperationalError(str(error)) from error


class _FollowerSubscription(Subscription[ApplicationRecorder]):
    def __init__(
        self, recorder: ApplicationRecorder, follower: Follower, gt: int | None, topics: Sequence[str]
    ) -> None:
        super().__init__(recorder, gt, topics)
        self._follower = follower

    def stop(self) -> None:
        """Let whoever iterates end, within a second."""
        super().stop()
        self._follower.stop()

    def __next__(self) -> Notification:
        event = self._follower.next()
        if event is None:
            raise StopIteration
        return Notification(*event)


class _StreamReader(AggregateRecorder):
    _sequence: NumberedSequence

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Read a stream, or versions of it above `gt` up to `lte`."""
        with _library_errors():
            return [
                StoredEvent(*event[:4]) for event in self._sequence.stream(originator_id, gt, lte, limit, desc=desc)
            ]


class _SequenceReader(_StreamReader, ApplicationRecorder):
    _database: Database

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Read by number."""
        after = 0 if start is None else start - inclusive_of_start
        with _library_errors():
            return [Notification(*event) for event in page(self._sequence, after, stop, limit, topics)]

    def max_notification_id(self) -> int | None:
        """The last number, None where there is none."""
        with _library_errors():
            return self._sequence.last()

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[ApplicationRecorder]:
        """Follow the sequence after a number. A store that is out of reach meanwhile is waited for."""
        follower = Follower(self._sequence, wakeup(self._database), gt or 0, topics)
        return _FollowerSubscription(self, follower, gt, topics)


class FootfallRecorder(Recorder):
    """What an application keeps under its name. Raises the library's `IntegrityError` for what is there already, and
    its `OperationalError` where the store is out of reach, busy or full."""

    def __init__(self, events: ApplicationEvents) -> None:
        self._events, self._database = events, events.database
        self._sequence: NumberedSequence = events

    @contextmanager
    def transaction(self, tracking: Tracking | None = None) -> Iterator[Connection]:
        """A transaction in which a view writes rows of its own, on a SQLAlchemy connection, together with how far it
        has come: commits on leaving, rolls back on an exception."""
        with _library_errors(), self._database.write() as connection:
            if tracking is not None:
                self._events.track(connection, tracking.application_name, tracking.notification_id)
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction in which a view reads its rows."""
        with _library_errors(), self._database.read() as connection:
            yield connection

    def _append(self, stored_events: Sequence[StoredEvent], tracking: Tracking | None = None) -> list[int]:
        with self.transaction(tracking) as connection:
            return self._events.append(connection, [_numbered(event) for event in stored_events])


def _numbered(event: StoredEvent) -> NumberedEvent:
    return NumberedEvent(event.originator_id, event.originator_version, event.topic, event.state)


class FootfallAggregateRecorder(FootfallRecorder, _StreamReader):
    """Keeps streams, such as those of snapshots."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        """Write events in one transaction."""
        self._append(stored_events)
        return None


class FootfallApplicationRecorder(FootfallRecorder, _SequenceReader):
    """Keeps the events of an application, numbered from 1 without gaps in the order of their commits."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int]:
        """Write events in one transaction; returns their numbers."""
        return self._append(stored_events)


class FootfallTrackingRecorder(FootfallRecorder, TrackingRecorder):
    """Keeps how far a view has come. A view of a host's own is a subclass that writes its rows in `transaction`."""

    def insert_tracking(self, tracking: Tracking) -> None:
        """Record how far other applications were worked through; it never goes back."""
        with self.transaction(tracking):
            pass

    def max_tracking_id(self, application_name: str) -> int | None:
        """How far an application was worked through, None if not at all."""
        with _library_errors():
            return self._events.tracked(application_name)


class FootfallProcessRecorder(FootfallTrackingRecorder, FootfallApplicationRecorder, ProcessRecorder):
    """Keeps events together with what they were made of."""

    def insert_events(
        self, stored_events: Sequence[StoredEvent], *, tracking: Tracking | None = None, **_: Any
    ) -> Sequence[int]:
        """Write events, and how far another application was worked through, in one transaction."""
        return self._append(stored_events, tracking)


class CustomersRecorder(_SequenceReader):
    """The events of all customers, numbered in an order that never changes afterwards, with gaps."""

    def __init__(self, customers: AllCustomers, database: Database) -> None:
        self._sequence, self._database = customers, database

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int]:
        """Refused with the library's `NotSupportedError`."""
        raise NotSupportedError(_REFUSED)


class CustomersMapper(Mapper[UUID]):
    """Customers' events as the log stores them."""

    def __init__(self) -> None:
        """No transcoder: the log has a format of its own."""

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """Refused with the library's `NotSupportedError`."""
        raise NotSupportedError(_REFUSED)

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """An event with `originator_id` (the customer), `originator_version`, and `event`. Raises `UnreadableEvent`."""
        event = decode(stored_event.topic, stored_event.state)
        return Recorded(UUID(str(stored_event.originator_id)), stored_event.originator_version, event)


class FootfallFactory(InfrastructureFactory[FootfallTrackingRecorder]):
    """Opens the store as `footfall.open` does, by the same settings of the environment (`FOOTFALL_DATABASE`, …); each
    may have the application's name before it. `FOOTFALL_SCHEMA` is the `schema` of `footfall.open`."""

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        given = {name: self.env.get(variable) for name, variable in VARIABLES.items()}
        self._log, _ = open_log(read_settings(**given), time_ns() // 1_000)
        # The library's runner of projections makes a factory that it does not close.
        finalize(self._log.database, self._log.database.connections.close).atexit = False

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        """Keeps streams for a purpose, such as `snapshots`."""
        return FootfallAggregateRecorder(self._events(purpose))

    def application_recorder(self) -> ApplicationRecorder:
        """Keeps the application's events; `APPLICATION_RECORDER_TOPIC` may name another class."""
        return self._chosen(self.APPLICATION_RECORDER_TOPIC, FootfallApplicationRecorder)(self._events())

    def tracking_recorder(
        self, tracking_recorder_class: type[FootfallTrackingRecorder] | None = None
    ) -> FootfallTrackingRecorder:
        """Keeps a view of a class; `TRACKING_RECORDER_TOPIC` may name one."""
        chosen = tracking_recorder_class or self._chosen(self.TRACKING_RECORDER_TOPIC, FootfallTrackingRecorder)
        return chosen(self._events())

    def process_recorder(self) -> ProcessRecorder:
        """Keeps the application's events with tracking; `PROCESS_RECORDER_TOPIC` may name another class."""
        return self._chosen(self.PROCESS_RECORDER_TOPIC, FootfallProcessRecorder)(self._events())

    def customers_recorder(self) -> CustomersRecorder:
        """Reads the events of all customers."""
        return CustomersRecorder(AllCustomers(self._log), self._log.database)

    def close(self) -> None:
        """Close every connection."""
        self._log.database.close()

    def _events(self, purpose: str = "events") -> ApplicationEvents:
        return ApplicationEvents(self._log.database, self.env.name, purpose)

    def _chosen(self, setting: str, usual: type[_RecorderT]) -> type[_RecorderT]:
        topic = self.env.get(setting)
        chosen: type[_RecorderT] = resolve_topic(topic) if topic else usual
        return chosen


class CustomerEvents(Application[UUID]):
    """The customers' events as an application that the library's projections and process applications can follow.

    It can be read and not written: `save` raises the library's `NotSupportedError`. Topics are `activity`,
    `attributes`, `session.start`, `session.end` and `session.revise`.
    """

    factory: Any

    def construct_factory(self, env: Environment) -> Any:
        """Customers are in Footfall's store, wherever the host's own aggregates may be."""
        return FootfallFactory(env)

    def construct_mapper(self) -> Mapper[UUID]:
        """Reads what the log stores."""
        return CustomersMapper()

    def construct_recorder(self) -> ApplicationRecorder:
        """Reads all customers."""
        recorder: CustomersRecorder = self.factory.customers_recorder()
        return recorder
