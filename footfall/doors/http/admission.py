"""Whether a request is let in: by who sends it, what that may do, and how much of it there was."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from uuid import UUID
from weakref import WeakKeyDictionary

from ...engine.async_engine import AsyncEngine
from .credentials import Credentials
from .rates import Cost, Rates
from .refusals import Refusal
from .request import Request
from .revocations import Revocations
from .senders import Caller, NotAdmitted, Senders
from .settings import DoorSettings

AGAIN_SECONDS = 0.25
"""For a key that is unknown the log is read once more, but not sooner than so long after the last time: strangers could
keep the process reading."""


class Admission:
    """Lets requests of one process in. `clock` gives seconds, and never goes back."""

    def __init__(
        self, engine: AsyncEngine, senders: Senders, settings: DoorSettings, clock: Callable[[], float]
    ) -> None:
        self._engine, self._senders = engine, senders
        self._settings, self._rates = settings, Rates(clock)
        self._clock, self._looked_again_at = clock, float("-inf")
        self.revocations = Revocations(self._admits)
        self._readings: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[None]] = WeakKeyDictionary()

    async def bring_up_to_date(self) -> None:
        """Learn of keys that came or went, where it is time for that: all requests wait for one reading."""
        if not self._senders.is_stale:
            return
        loop = asyncio.get_running_loop()
        under_way = self._readings.get(loop)
        if under_way is None or under_way.done():
            under_way = self._readings[loop] = loop.create_task(self._read())
            under_way.add_done_callback(_heard)
        await asyncio.shield(under_way)

    async def _read(self) -> None:
        await self._engine.run_sync(lambda _: self._senders.refresh())

    async def origins(self) -> frozenset[str]:
        """The origins whose pages may send, and read the answers. Raises `FootfallError`."""
        await self.bring_up_to_date()
        return self._senders.origins()

    async def caller(self, request: Request, given: Credentials) -> Caller:
        """Who calls. Raises `Refusal` (401, 403, 429), `FootfallError`."""
        await self.bring_up_to_date()
        try:
            return self._caller(request, given)
        except NotAdmitted as why:
            if why.code != "unknown_key" or not self._may_look_again():
                raise self._refused(request, why) from None
        await self._read()  # the key may be newer than what is known
        try:
            return self._caller(request, given)
        except NotAdmitted as why:
            raise self._refused(request, why) from None

    def _caller(self, request: Request, given: Credentials) -> Caller:
        return self._senders.caller(given.key, given.token, request.header(b"origin"))

    def _may_look_again(self) -> bool:
        now = self._clock()
        may = now - self._looked_again_at >= AGAIN_SECONDS
        if may:
            self._looked_again_at = now
        return may

    def _refused(self, request: Request, why: NotAdmitted) -> Refusal:
        self._count_failure(request)
        return Refusal(why.status, why.code, why.message)

    async def _admits(self, key: str) -> bool:
        await self.bring_up_to_date()
        return self._senders.admits(key)

    def check_scope(self, caller: Caller, scope: str) -> None:
        """Raises `Refusal` (403) unless a server key may do what needs this scope."""
        if not caller.is_server:
            raise Refusal(403, "server_key_needed", "a public key only sends events: this needs a server key")
        if scope not in caller.scopes:
            raise Refusal(403, "scope_needed", f"this needs a server key with the scope {scope}")

    def count(self, request: Request, caller: Caller, customers: Sequence[UUID | None]) -> None:
        """Count events by whom they are of. Raises `Refusal` (429), and then none of them was counted."""
        if costs := list(self._costs(request, caller, customers)):
            seconds = self._rates.take(costs)
            if seconds:
                raise _too_many(seconds)

    def _costs(self, request: Request, caller: Caller, customers: Sequence[UUID | None]) -> Iterator[Cost]:
        settings, events = self._settings, max(1, len(customers))
        rate = caller.rate if caller.rate is not None or not caller.is_server else settings.rate_by_server_key
        if rate is not None:
            yield Cost(("key", caller.key_id), events, rate)
        if caller.is_server:
            return
        address = _network(request.address)
        if address and settings.rate_by_address is not None:
            yield Cost(("address", address), events, settings.rate_by_address)
        if settings.rate_by_customer is not None:
            # Anybody may name a customer, and must not use up what is left to whoever has a token of it.
            known = "customer" if caller.token is None else "customer with a token"
            for customer, number in Counter(customers).items():
                if customer is not None:
                    yield Cost((known, str(customer)), number, settings.rate_by_customer)

    def _count_failure(self, request: Request) -> None:
        address, rate = _network(request.address), self._settings.failures_by_address
        if address and rate is not None:
            seconds = self._rates.take([Cost(("failures", address), 1, rate)])
            if seconds:
                raise _too_many(seconds) from None


def _heard(reading: asyncio.Task[None]) -> None:
    if not reading.cancelled():
        reading.exception()  # whoever waited has heard of it, and there may be nobody


def _too_many(seconds: int) -> Refusal:
    return Refusal(
        429, "too_many_events", f"too many events: send them again in {seconds} s", "", {"retry-after": str(seconds)}
    )


@lru_cache(10_000)
def _network(address: str) -> str:
    # Whoever has one address of version 6 has 2^64 of them.
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return address
    return str(known.ipv4_mapped or IPv6Address(int(known) >> 64 << 64))
