"""``demo``: the example township, served."""

import os
import shutil
from collections.abc import Mapping
from datetime import date
from typing import Any

import click
import msgspec

from schemas.access import Role
from schemas.books import Book
from schemas.figures import NewParcel
from schemas.problems import Refusal
from schemas.units import PersonId
from web import demo as demonstrations
from web import demo_township, schedule
from web.auth import totp
from web.auth.keys import Keys
from web.cli import packs, serving
from web.cli.command import DONE, FINDINGS, command
from web.cli.house import Doing, House, opened_alone
from web.cli.periods import Closing
from web.database import Connection, only_writer, writer_must_be_alone
from web.demo import DemoLogin, Demonstration
from web.demo_township import Township
from web.figure_answers import read_parcel
from web.i18n import say_word
from web.i18n.words import N_
from web.serve import listening
from web.settings import Settings, settings_from

_PORTS = 50
_NOT_OURS = ("LIANJIAN_DATABASE_URL", "LIANJIAN_KEY_FILE", "LIANJIAN_HTTPS")
"""Settings of a real service, which a demonstration must not touch."""


@command(
    opens=False,
    says=N_(
        "Serve the example township, with a login for each role.\n\n"
        "It lies in a folder of its own and is kept for the next start; --reset begins anew. Where the port is taken, the "
        "next one is used."
    ),
)
@click.option("--reset", is_flag=True, help=N_("Begin anew."))
@click.option("--host", help=N_("The address to listen at; LIANJIAN_HOST, or 127.0.0.1."))
@click.option("--port", type=click.IntRange(1, 65535), help=N_("The port; LIANJIAN_PORT, or 8000."))
@click.option("--no-serve", is_flag=True, help=N_("Prepare and print it, but do not serve."))
def demo(house: House, reset: bool, host: str | None, port: int | None, no_serve: bool) -> int:
    """The demonstration."""
    settings = _settings(house.settings)
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    inside = house.elsewhere(settings)
    try:
        with only_writer(settings.database_url):
            if reset or demonstrations.kept(settings.home) is None:
                _begin_anew(inside)
    except Refusal as refusal:
        running = demonstrations.kept(settings.home)
        if refusal.problems[0].code != writer_must_be_alone.code or running is None:
            raise
        house.tell(N_("The demonstration runs already, at {address}"), address=running.address)
        _show(house, running)
        return FINDINGS if reset else DONE
    made = demonstrations.kept(settings.home)
    assert made is not None, "it was written just now"
    if no_serve:
        _show(house, made)
        return DONE
    at = listening(host or settings.host, settings.port if port is None else port, tries=_PORTS)
    made = msgspec.structs.replace(made, address=serving.address_of(at))
    demonstrations.keep(settings.home, made)
    _show(house, made)
    serving.run(inside, at)
    return DONE


def _settings(real: Settings) -> Settings:
    """The settings of the demonstration: a folder in the data folder, an embedded database in it."""
    environment = {name: value for name, value in os.environ.items() if name not in _NOT_OURS}
    return settings_from(environment, home=real.home / "demo")


def _begin_anew(house: House) -> None:
    settings = house.settings
    for left in settings.home.iterdir():
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        elif left.name != "books.writer":  # it is the lock this process holds
            left.unlink()
    settings.key_file.unlink(missing_ok=True)
    example = demonstrations.example()
    house.tell(N_("Taking in the example township {folder}"), folder=example.name)
    with opened_alone(settings) as doors:
        inside = house.opened(doors)
        taking = packs.take_in(inside, example, by=demonstrations.AGENT)
        assert taking.report is not None, "the example township is clean"
        on, at = house.now()
        keys = Keys(settings.key_file)
        furnished = inside.act(
            lambda db: demonstrations.furnish(
                db, operator=inside.operator(db), vault=keys.ready(db, at=at), on=on, at=at
            )
        )
        _settle(inside, furnished.people)
        _go_on(inside, furnished.township)
    demonstrations.keep(settings.home, Demonstration(address="", logins=furnished.logins))


def _settle(house: House, people: Mapping[Role, PersonId]) -> None:
    """Close and settle the year of one cooperative, and put its dividend on notice, and the township's tiers."""
    book = house.book(demonstrations.SETTLED)
    closing = Closing(book=book, by=people[Role.ACCOUNTANT], reviewed_by=people[Role.REVIEWER], house=house)
    done = closing.run(closing.months_left(book.first_year), book.first_year)
    assert done.vouchers, "the example's year can be closed"
    house.evidence.put(demonstrations.RESOLUTION.read_bytes())
    on, at = house.now()
    house.act(
        lambda db: demonstrations.put_on_notice(db, book.first_year, people=people, on=on, at=at),
        book=book.id,
    )
    house.evidence.put(demonstrations.INSPECTION.read_bytes())
    house.act(lambda db: demonstrations.pay_rewards(db, book.first_year, people=people, on=on, at=at))
    house.evidence.put(demonstrations.DECISION.read_bytes())
    house.act(lambda db: demonstrations.put_tiers_on_notice(db, book.first_year, on=on, at=at))


def _go_on(house: House, township: Township) -> None:
    """Freeze the example's year on its 1st of January, with alerts and report, and go on with the next."""
    on, at = house.now()
    with house.read() as db:
        villages = demo_township.collectives(db)
        year = villages[0].first_year
    new_year = date(year + 1, 1, 1)

    def act(what: Doing[Any], book: str) -> Any:
        return house.act(what, book=book)

    schedule.freeze_months(house.reading, act, on=new_year, at=at)
    schedule.watch_red_lines(house.reading, act, on=new_year, at=at)
    schedule.make_reports(house.reading, act, house.evidence, on=new_year, at=at)
    house.act(lambda db: demo_township.set_thresholds(db, year, township=township, at=at))
    for book in villages:

        def go_on(db: Connection, book: Book = book) -> None:
            demo_township.go_on(db, book, township=township, on=on, at=at)
            if book.short_name == demo_township.LEASING:
                demo_township.lease_shops(db, book, by=township.agent, on=on, at=at)

        house.act(go_on, book=book.id)
    for month, file in demo_township.PARCELS.items():
        parcel = read_parcel(file.read_bytes(), name=file.name, month=month, store=house.evidence)
        last = month == max(demo_township.PARCELS)

        def collect(db: Connection, parcel: NewParcel = parcel, last: bool = last) -> None:
            demo_township.collect(db, parcel, enters=not last, township=township, on=on, at=at)

        house.act(collect)


def _show(house: House, made: Demonstration) -> None:
    if made.address:
        house.tell(N_("Address: {address}"), address=made.address)
    house.table(
        (N_("Role"), N_("Login"), N_("Password"), N_("Name"), N_("For")),
        [
            (say_word(house.language, one.role), one.login, one.password, one.name, _reach(house, one))
            for one in made.logins
        ],
    )
    for one in made.logins:
        if one.totp_key:
            house.tell(
                N_(
                    "Second factor of {login}: secret {secret}, code now {code}; for an authenticator {address}"
                ),
                login=one.login,
                secret=one.totp_key,
                code=totp.code_at(one.totp_key, house.now()[1]),
                address=one.totp_address,
            )
    for one in made.logins:
        if one.card:
            house.tell(
                N_("Card of household {household}: {card} sets a PIN, once; later {again}"),
                household=one.login,
                card=f"{made.address.rstrip('/')}{one.card}",
                again=f"{made.address.rstrip('/')}/card",
            )
    house.tell(
        N_("These logins are kept in {folder} and shown again at the next start."),
        folder=house.settings.home / "demo",
    )


def _reach(house: House, one: DemoLogin) -> str:
    return house.words(N_("the whole house")) if one.role is Role.ADMINISTRATOR else one.reach
