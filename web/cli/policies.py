"""``policy``: what charter and meeting chose for a year, and what another choice would change."""

from collections.abc import Mapping, Sequence

import click

from coop.members import queries as members
from ledger.money import yuan
from payouts.comparisons import queries as comparisons
from payouts.policies import queries
from payouts.policies.approval import policy_must_exist
from schemas.books import Book
from schemas.policies import CharterPolicy, CharterVersion, Difference, PolicyComparison
from schemas.problems import Refusal, RefusalKind
from schemas.units import Fen
from web.cli.command import CommandGroup, as_json, command
from web.cli.given_files import value_in
from web.cli.house import House
from web.cli.township_policies import township
from web.database import Connection
from web.i18n.words import N_
from web.policy_words import changes, said

YEAR = click.IntRange(1949, 2999)

policy = CommandGroup(
    name="policy",
    help=N_(
        "What charter and meeting chose for a year, and what another choice would change.\n\nPlans are recorded and approved "
        "on the pages or over HTTP, with the scan of the resolution."
    ),
)
policy.add_command(township)


@command(
    group=policy,
    says=N_(
        "Show the distribution plans of a year, the newest first; without YEAR the last one a plan is recorded for."
    ),
)
@click.argument("book")
@click.argument("year", type=YEAR, required=False)
@as_json
def show(house: House, book: str, year: int | None, as_json: bool) -> None:
    """The versions."""
    found = house.book(book)
    with house.read() as db:
        years = queries.policy_years(db, book=found.id)
        wanted = year or max(years, default=house.now()[0].year)
        versions = queries.charter_versions(db, book=found, year=wanted)
        if not versions:
            raise Refusal(policy_must_exist.at("/year", version=1, year=wanted), kind=RefusalKind.MISSING)
        names = _names(db, found)
    if as_json:
        house.json(versions, tuple[CharterVersion, ...])
        return
    for one in versions:
        house.tell(
            N_("{year}, version {version}: {state}"),
            year=wanted,
            version=one.head.version,
            state=house.words(
                N_("in force now")
                if one.in_force
                else N_("approved")
                if one.head.is_approved
                else N_("waits for approval")
            ),
        )
        house.table(
            (N_("Setting"), N_("What it says")),
            [(line.label, line.text) for line in said(one.policy, house.language, names=names)],
        )
        for warning in one.warnings:
            house.complain(warning)


@command(
    group=policy,
    says=N_(
        "Show what would change: a year's commission and dividend under the plan in force and under another, leg by leg "
        "and member by member. Nothing is written."
    ),
)
@click.argument("book")
@click.argument("year", type=YEAR)
@click.option(
    "--with",
    "other",
    required=True,
    metavar="FILE|VERSION",
    help=N_(
        "The other plan: the number of a version, or a file with a plan in JSON as the HTTP interface takes it."
    ),
)
@as_json
def compare(house: House, book: str, year: int, other: str, as_json: bool) -> None:
    """What would change."""
    found = house.book(book)
    with house.read() as db:
        before = comparisons.in_force(db, book=found, year=year)
        after = int(other) if other.isdecimal() else value_in(other, CharterPolicy)
        on, _ = house.now()
        answer = comparisons.compare(db, book=found, year=year, before=before, after=after, on=on)
        versions = {
            one.head.version: one.policy for one in queries.charter_versions(db, book=found, year=year)
        }
        names = _names(db, found)
    if as_json:
        house.json(answer)
        return
    was, is_ = versions[before], after if isinstance(after, CharterPolicy) else versions[after]
    _tell(house, answer, was, is_, names)


def _names(db: Connection, book: Book) -> dict[str, str]:
    return {number: one.name for number, one in members.members(db, book=book.id).items()}


def _tell(
    house: House,
    answer: PolicyComparison,
    was: CharterPolicy,
    is_: CharterPolicy,
    names: Mapping[str, str],
) -> None:
    before = house.words(N_("Version {version}"), version=answer.before)
    after = (
        house.words(N_("Version {version}"), version=answer.after)
        if answer.after
        else house.words(N_("the plan in the file"))
    )
    house.tell(
        N_("What would change in {year}: {before} against {after}; nothing is written."),
        year=answer.year,
        before=before,
        after=after,
    )
    if not answer.settled:
        house.tell(
            N_(
                "The year is not settled yet: its surplus is not known, so a dividend comes to nothing under either version."
            )
        )
    differing = changes(said(was, house.language, names=names), said(is_, house.language, names=names))
    if differing:
        house.table((N_("Setting"), before, after), [(one.label, one.before, one.after) for one in differing])
    else:
        house.tell(N_("Both versions say the same."))
    for title, one in ((N_("Dividend"), answer.dividend), (N_("Commission of managers"), answer.commission)):
        _tell_side(house, title, one, names, before=before, after=after)


def _tell_side(
    house: House, title: str, one: Difference, names: Mapping[str, str], *, before: str, after: str
) -> None:
    house.tell(title)
    for version, problems in ((before, one.before_problems), (after, one.after_problems)):
        if problems:
            house.warn(N_("Under {version} a run is refused:"), version=version)
        for problem in problems:
            house.complain(problem)
    reserve = (house.words(N_("Reserve")), one.reserve_before, one.reserve_after)
    total = (house.words(N_("Total")), one.before, one.after)
    rows = [
        *([reserve] if one.reserve_before or one.reserve_after else []),
        *((part.name, part.before, part.after) for part in one.parts),
        total,
    ]
    _differences(house, N_("Leg"), rows, before=before, after=after)
    if one.payees and not one.before_problems and not one.after_problems:
        of_members = [
            (f"{payee.payee} {names.get(payee.payee, '')}".strip(), payee.before, payee.after)
            for payee in one.payees
        ]
        _differences(house, N_("Member"), of_members, before=before, after=after)


def _differences(
    house: House,
    what: str,
    rows: Sequence[tuple[str, Fen | None, Fen | None]],
    *,
    before: str,
    after: str,
) -> None:
    house.table(
        (what, before, after, N_("Difference")),
        [
            (
                name,
                "—" if was is None else yuan(was),
                "—" if is_ is None else yuan(is_),
                yuan((is_ or 0) - (was or 0)),
            )
            for name, was, is_ in rows
        ],
        right=(1, 2, 3),
    )
