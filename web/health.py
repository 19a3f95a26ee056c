"""Whether the service lives, whether it is ready, and what it has done: ``/healthz``, ``/readyz``, ``/metrics``.

Requests are counted by method, route and status, and timed; the writer says how many pieces it put into how many
transactions. Counting is a few additions a request, so that it can always be on; the figures are put into the form
Prometheus reads only when somebody asks.
"""

import asyncio
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from time import perf_counter

from litestar import MediaType, Request, Response, get
from litestar.datastructures import State
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from schemas.access import Deed
from schemas.problems import Fault, Refusal, RefusalKind
from schemas.units import Value
from web import wire
from web.auth.guards import needs, open_to_all
from web.database import answers
from web.writer import Writer

EDGES = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds a request may take, as the histogram tells them apart."""
NOWHERE = "none"
METRICS_TEXT = "text/plain; version=0.0.4; charset=utf-8"

database_must_answer = Fault(
    code="database_must_answer",
    says="The database does not answer.",
    remedy="Look whether it runs, and whether its disk is full.",
)


class Alive(Value):
    """The service lives."""

    status: str = "ok"


class Counts(Collector):
    """What was asked of the service since it began."""

    def __init__(self, writer: Writer | None = None) -> None:
        self.writer = writer
        self._answers: defaultdict[tuple[str, str, int], int] = defaultdict(int)
        self._times: defaultdict[str, list[float]] = defaultdict(lambda: [0.0] * (len(EDGES) + 2))

    def begin(self, writer: Writer) -> None:
        """The service begins, with this writer."""
        self.writer = writer
        self._answers.clear()
        self._times.clear()

    def add(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request answered."""
        self._answers[method, route, status] += 1
        times = self._times[route]
        times[bisect_left(EDGES, seconds)] += 1
        times[-1] += seconds

    def collect(self) -> Iterable[Metric]:
        """The figures as Prometheus reads them."""
        answers = CounterMetricFamily(
            "lianjian_requests", "Requests answered", labels=("method", "route", "status")
        )
        for (method, route, status), count in list(self._answers.items()):
            answers.add_metric((method, route, str(status)), count)
        yield answers
        times = HistogramMetricFamily("lianjian_request_seconds", "Time to answer", labels=("route",))
        for route, counted in list(self._times.items()):
            sums, total = [], 0.0
            for edge, inside in zip((*map(str, EDGES), "+Inf"), counted[:-1], strict=True):
                total += inside
                sums.append((edge, total))
            times.add_metric((route,), sums, counted[-1])
        yield times
        if self.writer is not None:
            yield CounterMetricFamily(
                "lianjian_writer_transactions", "Transactions committed", value=self.writer.transactions
            )
            yield CounterMetricFamily(
                "lianjian_writer_pieces", "Pieces of work in them", value=self.writer.pieces
            )
            yield GaugeMetricFamily(
                "lianjian_writer_waiting", "Pieces waiting for the writer", value=self.writer.waiting
            )


def counted(app: ASGIApp, counts: Counts) -> ASGIApp:
    """The application, every request of it counted and timed."""

    async def count(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        began = perf_counter()
        status = 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await app(scope, receive, answer)
        finally:
            counts.add(scope["method"], scope.get("path_template") or NOWHERE, status, perf_counter() - began)

    return count


@get("/healthz", name="health.alive", sync_to_thread=False, **open_to_all())
def alive() -> Response[bytes]:
    """Whether the process answers at all."""
    return Response(wire.written(Alive()), media_type=MediaType.JSON, headers={"Cache-Control": "no-store"})


@get("/readyz", name="health.ready", **open_to_all())
async def ready(request: Request[object, object, State]) -> Response[bytes]:
    """Whether the database answers, its reader and its writer both."""
    state = request.app.state
    if not await asyncio.to_thread(answers, state.readers) or not state.writer.is_alive:
        raise Refusal(database_must_answer.at(), kind=RefusalKind.UNAVAILABLE)
    return Response(wire.written(Alive()), media_type=MediaType.JSON, headers={"Cache-Control": "no-store"})


@get("/metrics", name="health.metrics", sync_to_thread=True, **needs(Deed.READ_METRICS))
def metrics(request: Request[object, object, State]) -> Response[bytes]:
    """The figures of the running service, for Prometheus."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(request.app.state.counts)
    return Response(generate_latest(registry), media_type=METRICS_TEXT, headers={"Cache-Control": "no-store"})


handlers = [alive, ready, metrics]
