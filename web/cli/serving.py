"""``serve`` and ``tick``: the service, and what falls due by date."""

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from functools import partial
from importlib.metadata import version
from typing import Any

import click
from litestar import Litestar

from ledger.periods.rules import month_text
from schemas.alerts import Watched
from schemas.outbox import Landing
from schemas.problems import Fault, Refusal, Severity
from schemas.snapshots import FrozenMonths
from schemas.spot_checks import SpotCheck
from schemas.units import Value
from schemas.vouchers import Voucher
from web.auth.keys import Keys
from web.bank_line import BankLine, Delivered, bank_of, deliver
from web.cli import main
from web.cli.command import DONE, FINDINGS, as_json, command
from web.cli.handover import Listener
from web.cli.house import Doing, Doors, Finding, House, doors_of_service, opened_alone
from web.database import only_writer
from web.evidence_store import EvidenceStore
from web.i18n import say_word
from web.i18n.words import N_
from web.outbox import OutboxLine
from web.schedule import Schedule
from web.schedule import tick as do_what_is_due
from web.serve import listening, log_to_stderr, serve_by_many
from web.serve import serve as serve_app
from web.settings import Settings
from web.webhooks import Post, Sent, WebhookLine
from web.webhooks import deliver as tell_subscriptions

day_must_be_written_so = Fault(
    code="day_must_be_written_so", says="{given} is no day.", remedy="Write it like 2025-03-31."
)
workers_need_a_server_database = Fault(
    code="workers_need_a_server_database",
    says="The embedded database has one writer, so one worker serves it.",
    remedy="Leave --workers out, or name a PostgreSQL database in LIANJIAN_DATABASE_URL.",
)


class Due(Value):
    """What fell due and was done."""

    on: date
    plan_vouchers: tuple[Voucher, ...]
    award_vouchers: tuple[Voucher, ...]
    spot_checks: tuple[SpotCheck, ...]
    frozen: tuple[FrozenMonths, ...]
    watched: tuple[Watched, ...]
    landed: tuple[Landing, ...]
    ended: int
    files_removed: int
    batches_given: int
    answers_heard: int
    events_told: int
    events_in_vain: int
    problems: tuple[Finding, ...]


@command(
    says=N_(
        "Serve the pages and the API, until it is told to stop.\n\n"
        "The database is brought up to date first. While the service holds an embedded database, commands that write are "
        "handed to it. It serves plain HTTP: put a reverse proxy with TLS before it and set LIANJIAN_HTTPS=1."
    )
)
@click.option("--host", help=N_("The address to listen at; LIANJIAN_HOST, or 127.0.0.1."))
@click.option("--port", type=click.IntRange(0, 65535), help=N_("The port; LIANJIAN_PORT, or 8000."))
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    help=N_("How many processes serve a PostgreSQL database; 1."),
)
def serve(house: House, host: str | None, port: int | None, workers: int) -> None:
    """The service."""
    settings = house.settings
    if workers > 1 and settings.embedded:
        raise Refusal(workers_need_a_server_database.at("/workers"))
    bank_of(settings)  # refused here, in one sentence, when its address or key will not do
    with only_writer(settings.database_url):
        pass  # refused here, in one sentence, when another service or command holds it
    at = listening(host or settings.host, settings.port if port is None else port)
    run(house, at, workers=workers)


def run(house: House, at: socket.socket, *, workers: int = 1) -> None:
    """Serve at this socket; says where."""
    log_to_stderr()
    with suppress(KeyboardInterrupt), _ended_by_signal():
        if workers == 1:
            serve_app(
                house.settings, at, beside=partial(beside, house.settings, ready=partial(_tell, house, at))
            )
        else:
            _tell(house, at)
            with opened_alone(house.settings) as doors, _scheduled(house.settings, doors):
                serve_by_many(house.settings, at, workers=workers)


def _tell(house: House, at: socket.socket) -> None:
    house.tell(
        N_("Lianjian {version} serves at {address}"), version=version("lianjian"), address=address_of(at)
    )


@contextmanager
def _ended_by_signal() -> Iterator[None]:
    """A service that is told to stop ends like one that was interrupted: in order, and with status 0."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def address_of(at: socket.socket) -> str:
    """Where a browser finds what listens here."""
    host, port = at.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}/"


@contextmanager
def beside(settings: Settings, app: Litestar, *, ready: Callable[[], None]) -> Iterator[None]:
    """What runs beside the application: the schedule, and the listener for commands. Says that it is ready when
    all of it is."""
    doors = doors_of_service(app.state.readers, app.state.writer)
    with _scheduled(settings, doors):
        if not settings.embedded:
            ready()
            yield
            return
        listener = Listener(settings.home, partial(main.run_for_another, settings=settings, doors=doors))
        ready()
        try:
            yield
        finally:
            listener.stop()


@contextmanager
def _scheduled(settings: Settings, doors: Doors) -> Iterator[None]:
    def act(what: Doing[Any], book: str) -> Any:
        return doors.act(what, book, True)

    at_bank = bank_of(settings)
    schedule = Schedule(doors.reading, act, EvidenceStore(settings.evidence))
    line = None if at_bank is None else BankLine(doors.reading, act, at_bank, Keys(settings.key_file))
    outbox = OutboxLine(doors.reading, act)
    post = Post(inside=settings.webhooks_inside)
    webhooks = WebhookLine(doors.reading, act, post, Keys(settings.key_file))
    try:
        yield
    finally:
        webhooks.stop()
        outbox.stop()
        if line is not None:
            line.stop()
        schedule.stop()


@command(
    writes=True,
    says=N_(
        "Do what falls due by date: the plan vouchers of assets for months that are over, the vouchers of bonuses collectives owe, spot checks drawn, the months of townships frozen "
        "with their ranks, red lines watched, what crosses books landed, monthly reports made, sessions and codes that are over, files no voucher names, batches the bank is to have "
        "or to be asked about, events other programs are to be told.\n\nOnce however often called. The service calls it by itself."
    ),
)
@click.option("--on", metavar="DAY", help=N_("The day; today without it."))
@as_json
def tick(house: House, on: str | None, as_json: bool) -> int:
    """What falls due."""
    today, at = house.now()
    done = do_what_is_due(
        house.reading,
        lambda what, book: house.act(what, book=book),
        house.evidence,
        on=today if on is None else _day(on),
        at=at,
    )
    at_bank = bank_of(house.settings)
    delivered = Delivered()
    if at_bank is not None:
        delivered = deliver(
            house.reading,
            lambda what, book: house.act(what, book=book),
            at_bank,
            Keys(house.settings.key_file),
            on=today,
            at=at,
        )
    told = tell(house)
    found = house.findings((*done.problems, *delivered.problems, *told.problems))
    if as_json:
        house.json(
            Due(
                on=done.on,
                plan_vouchers=done.plan_vouchers,
                award_vouchers=done.award_vouchers,
                spot_checks=done.spot_checks,
                frozen=done.frozen,
                watched=done.watched,
                landed=done.landed,
                ended=done.ended,
                files_removed=done.files_removed,
                batches_given=delivered.given,
                answers_heard=delivered.heard,
                events_told=told.delivered,
                events_in_vain=told.failed,
                problems=found,
            )
        )
    else:
        for voucher in done.plan_vouchers:
            house.tell(
                N_("Drafted plan voucher {voucher} of book {book}"), voucher=voucher.id, book=voucher.book
            )
        for voucher in done.award_vouchers:
            house.tell(
                N_("Drafted voucher {voucher} of bonuses of book {book}"),
                voucher=voucher.id,
                book=voucher.book,
            )
        for township in done.frozen:
            house.tell(
                N_("Froze {count} months of {township}, {first} to {last}"),
                count=len(township.months),
                township=township.township,
                first=month_text(township.months[0]),
                last=month_text(township.months[-1]),
            )
        for seen in done.watched:
            house.tell(
                N_("{township}: {opened} alerts opened, {cured} cured, {lapsed} apply no longer"),
                township=seen.township,
                opened=len(seen.opened),
                cured=len(seen.cured),
                lapsed=len(seen.lapsed),
            )
        for landing in done.landed:
            house.tell(
                N_("Book {book}: voucher {voucher} follows {source} ({effect})"),
                book=landing.book,
                voucher=landing.voucher,
                source=landing.source,
                effect=say_word(house.language, f"landing.{landing.effect}"),
            )
        for drew in done.spot_checks:
            house.tell(
                N_("Book {book}: {count} of {pool} vouchers of {month} drawn for a spot check"),
                book=drew.book,
                count=len(drew.drawn),
                pool=drew.pool,
                month=month_text(drew.month),
            )
        for one in found:
            house.show(one)
        house.tell(
            N_("{vouchers} plan vouchers drafted, {ended} sessions and codes ended, {files} files removed"),
            vouchers=len(done.plan_vouchers),
            ended=done.ended,
            files=done.files_removed,
        )
        if at_bank is not None:
            house.tell(
                N_("{given} batches given to the bank, {heard} words of it taken"),
                given=delivered.given,
                heard=delivered.heard,
            )
        if told.delivered or told.failed:
            house.tell(
                N_("{told} events told to other programs, {failed} tries in vain"),
                told=told.delivered,
                failed=told.failed,
            )
    return FINDINGS if any(one.severity is Severity.ERROR for one in found) else DONE


def tell(house: House, *, only: int | None = None) -> Sent:
    """Tell every subscription, or ``only`` this one, what is due."""
    return tell_subscriptions(
        house.reading,
        lambda what, book: house.act(what, book=book),
        Post(inside=house.settings.webhooks_inside),
        Keys(house.settings.key_file),
        at=house.now()[1],
        only=only,
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refusal(day_must_be_written_so.at("/on", given=text)) from error
