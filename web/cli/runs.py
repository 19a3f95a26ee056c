"""``run``: a year's commission or dividend of a book, or a township's tiers and rewards, step by step."""

import datetime
import re
from collections.abc import Mapping, Sequence
from typing import Any

import click

from coop.places import queries as places
from ledger.money import fen_from_yuan, yuan
from ledger.periods.rules import month_text
from payouts.awards import actions as awards
from payouts.batches.actions import STEPS
from payouts.orders.rules import month_of
from payouts.runs import actions, queries, rules
from payouts.runs.actions import Paper
from payouts.runs.rules import RunName
from schemas.awards import LeftOffice
from schemas.problems import Fault, Refusal, RefusalKind
from schemas.rewards import RewardChoice
from schemas.runs import Chosen, Document, OrderChoice, RunKind, RunStep
from schemas.units import PersonId
from web import run_answers, wire
from web.award_answers import awards_of
from web.cli.books import month
from web.cli.command import CommandGroup, Place, as_json, command
from web.cli.given_files import scans_in
from web.cli.house import House
from web.cli.serving import day_must_be_written_so
from web.database import Connection
from web.i18n import say_word
from web.i18n.words import N_
from web.run_answers import PeopleTiers, RewardsAnswer, RunAnswer, VillageTiers

run = CommandGroup(
    name="run",
    help=N_(
        "What a year is shared out by: commission and dividend of a book, tiers, bonuses and rewards of a township.\n\nRUN is the name that `run new` prints. One "
        "person prepares and submits, the list is published, another approves when the notice is over, then it is posted."
    ),
)
payment_must_be_written_so = Fault(
    code="payment_must_be_written_so",
    says="{given} is no payment.",
    remedy="Write it like M0001=330.00, or M0001=330.00-9.90 where 9.90 is withheld.",
)
_PAY = re.compile(
    r"(?:(?P<account>[0-9]{3,20}):)?(?:(?P<person>[^=:\s]{1,40}):)?(?P<member>[^=:\s]{1,40})=(?P<paying>[0-9]+(?:\.[0-9]{1,2})?)"
    r"(?:-(?P<withheld>[0-9]+(?:\.[0-9]{1,2})?))?"
)
_by = click.option("--by", required=True, metavar="PERSON", help=N_("Who does it."))
_on = click.option("--on", metavar="DATE", help=N_("The day it is done, 2026-02-12; without it today."))
_attach = click.option(
    "--attach",
    "files",
    multiple=True,
    type=Place(),
    help=N_("A scan to attach: the resolution, the minutes."),
)
_document = click.option(
    "--document",
    type=click.Choice([one.value for one in Document]),
    help=N_("What is attached; without it what a run of this size needs."),
)


@command(
    group=run,
    writes=True,
    says=N_(
        "Work out a run and keep it as a draft; prints its name.\n\nFor commission and dividend the year's settlement stage is "
        "open; tiers and rewards are of a township, by the nine digits of its code. Labour, rent, indemnity, buyback and leaver pay what the "
        "book owes its members already, instalment the bonuses a collective owes: everything, or the lines named with --pay."
    ),
)
@click.argument("kind", type=click.Choice([kind.value for kind in RunKind]))
@click.argument("home", metavar="BOOK_OR_TOWNSHIP")
@click.argument("year", type=click.IntRange(1949, 2999))
@_by
@_on
@click.option(
    "--through",
    metavar="MONTH",
    help=N_("Of an order: what stood at the end of this month, 2026-01; without it by now."),
)
@click.option(
    "--pay",
    "pays",
    multiple=True,
    metavar="MEMBER=AMOUNT[-TAX]",
    help=N_(
        "Of an order: what a member is paid, and what of it is withheld: M0001=330.00-9.90; 11401:M0001=330.00 names the "
        "account where several owe, NAME:M0002=500.00 whose bonus it is."
    ),
)
@click.option("--tax", default="", metavar="NAME", help=N_("Of an order: the tax that is withheld."))
@click.option("--scheme", default="", metavar="NAME", help=N_("Of rewards: the scheme that is paid."))
@click.option(
    "--period",
    default="",
    metavar="PERIOD",
    help=N_("Of rewards: the month of its sheet, 2025-03; without it the year."),
)
@click.option("--dry-run", is_flag=True, help=N_("Do everything, show it, and undo it."))
@as_json
def new(
    house: House,
    kind: str,
    home: str,
    year: int,
    by: str,
    on: str | None,
    through: str | None,
    pays: tuple[str, ...],
    tax: str,
    scheme: str,
    period: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """A new run."""
    wanted = RunKind(kind)
    of = _township(house, home) if wanted in rules.OF_A_TOWNSHIP else house.book(home).id
    person, (day, at) = house.person(by, book=of), _when(house, on)
    order = None
    if through is not None or pays or tax:
        order = OrderChoice(
            through=month(through, "/through") or month_of(year, on=day),
            lines=tuple(_chosen(one, at=f"/lines/{place}") for place, one in enumerate(pays)) or None,
            tax=tax,
        )

    reward = _reward(scheme, period, year=year) if scheme or period else None

    def act(db: Connection) -> RunAnswer:
        made, figures = actions.new(
            db, book=of, kind=wanted, year=year, by=person, on=day, at=at, order=order, reward=reward
        )
        return run_answers.preview(db, figures) if dry_run else run_answers.run_answer(db, made)

    _tell(house, house.act(act, book=of, keep=not dry_run), as_json=as_json)


def _reward(scheme: str, period: str, *, year: int) -> RewardChoice:
    """The scheme and its period, the year where none is named."""
    try:
        return wire.read_texts({"scheme": scheme, "period": period or str(year)}, RewardChoice)
    except wire.Unreadable as error:
        raise Refusal(*error.problems) from error


def _chosen(text: str, *, at: str) -> Chosen:
    """``M0001=330.00-9.90``, with the account, and whose bonus it is, before the member where they are named."""
    found = _PAY.fullmatch(text)
    if found is None:
        raise Refusal(payment_must_be_written_so.at(at, given=text[:60]))
    return Chosen(
        member=found["member"],
        paying=fen_from_yuan(found["paying"], pointer=f"{at}/paying"),
        withheld=fen_from_yuan(found["withheld"] or "0", pointer=f"{at}/withheld"),
        account=found["account"] or "",
        person=found["person"] or "",
    )


def _township(house: House, code: str) -> str:
    """The township of this code; refused when there is none."""
    with house.read() as db:
        return places.township(db, code=code).code


@command(group=run, writes=True, says=N_("Hand a run in; everything it follows from is frozen."))
@click.argument("run")
@_by
@_on
@click.option("--resolution", default="", metavar="NO", help=N_("The number of the meeting's resolution."))
@_attach
@_document
@as_json
def submit(
    house: House,
    run: str,
    by: str,
    on: str | None,
    resolution: str,
    files: list[str],
    document: str | None,
    as_json: bool,
) -> None:
    """Submit."""
    _step(house, run, RunStep.SUBMIT, by, on, as_json, files=files, document=document, resolution=resolution)


@command(group=run, writes=True, says=N_("Put a run on notice with its masked list."))
@click.argument("run")
@_by
@_on
@_attach
@_document
@as_json
def publish(
    house: House, run: str, by: str, on: str | None, files: list[str], document: str | None, as_json: bool
) -> None:
    """Publish."""
    _step(house, run, RunStep.PUBLISH, by, on, as_json, files=files, document=document)


@command(
    group=run, writes=True, says=N_("Approve a run: another person than its preparer, after the notice.")
)
@click.argument("run")
@_by
@_on
@_attach
@_document
@as_json
def approve(
    house: House, run: str, by: str, on: str | None, files: list[str], document: str | None, as_json: bool
) -> None:
    """Approve."""
    _step(house, run, RunStep.APPROVE, by, on, as_json, files=files, document=document)


@command(group=run, name="return", writes=True, says=N_("Return a run to its preparer, with a reason."))
@click.argument("run")
@_by
@_on
@click.option("--reason", required=True, help=N_("What is to be mended."))
@as_json
def return_(house: House, run: str, by: str, on: str | None, reason: str, as_json: bool) -> None:
    """Return."""
    _step(house, run, RunStep.RETURN, by, on, as_json, reason=reason)


@command(
    group=run,
    writes=True,
    says=N_("Post what was approved; a dividend seals its year, what a township awards falls due."),
)
@click.argument("run")
@_by
@_on
@as_json
def post(house: House, run: str, by: str, on: str | None, as_json: bool) -> None:
    """Post."""
    _step(house, run, RunStep.POST, by, on, as_json)


@command(
    group=run,
    writes=True,
    says=N_("Undo a run as one act while nothing is paid; its vouchers are cancelled."),
)
@click.argument("run")
@_by
@_on
@click.option("--reason", required=True, help=N_("Why."))
@as_json
def revert(house: House, run: str, by: str, on: str | None, reason: str, as_json: bool) -> None:
    """Revert."""
    _step(house, run, RunStep.REVERT, by, on, as_json, reason=reason)


@command(group=run, says=N_("Show a run: where it stands, its figures, every line."))
@click.argument("run")
@as_json
def show(house: House, run: str, as_json: bool) -> None:
    """Show."""
    name = _name(run)
    with house.read() as db:
        found = queries.run(db, name)
        if found is None:
            raise Refusal(rules.run_must_exist.at("/run", run=run), kind=RefusalKind.MISSING)
        answer = run_answers.run_answer(db, found)
    _tell(house, answer, as_json=as_json)


def _step(
    house: House,
    run: str,
    step: RunStep,
    by: str,
    on: str | None,
    as_json: bool,
    *,
    files: Sequence[str] = (),
    document: str | None = None,
    **given: str,
) -> None:
    name = _name(run)
    person: PersonId = house.person(by, book=name.book)
    day, at = _when(house, on)
    scans = scans_in(house, files)

    def act(db: Connection) -> RunAnswer:
        more: dict[str, Any] = dict(given)
        if scans:
            kind = _needed(db, name) if document is None else Document(document)
            more["papers"] = [Paper(file=scan, document=kind) for scan in scans]
        return run_answers.run_answer(db, STEPS[step](db, name, by=person, on=day, at=at, **more))

    _tell(house, house.act(act, book=name.book), as_json=as_json)


def _needed(db: Connection, name: RunName) -> Document:
    found = queries.run(db, name)
    if found is None:
        raise Refusal(rules.run_must_exist.at("/run", run=name), kind=RefusalKind.MISSING)
    return rules.needed(found.total, queries.procedure_of(db, name, queries.acts(db, name)))


def _name(text: str) -> RunName:
    name = rules.name_of(text)
    if name is None:
        raise Refusal(rules.run_must_exist.at("/run", run=text), kind=RefusalKind.MISSING)
    return name


def _when(house: House, on: str | None) -> tuple[datetime.date, datetime.datetime]:
    today, at = house.now()
    if on is None:
        return today, at
    try:
        return datetime.date.fromisoformat(on), at
    except ValueError:
        raise Refusal(day_must_be_written_so.at("/on", given=on)) from None


def _tell(house: House, answer: RunAnswer, *, as_json: bool) -> None:
    if as_json:
        house.json(answer)
        return
    if answer.id is None:
        house.tell(N_("A dry run: nothing was written."))
    else:
        house.tell(
            N_("{run}: {state}, {total}"),
            run=answer.id,
            state=say_word(house.language, f"run.{answer.state}"),
            total=yuan(answer.total),
        )
    if answer.notice_ends is not None:
        house.tell(N_("The notice runs through {date}."), date=answer.notice_ends)
    if answer.closing is not None:
        closing = answer.closing
        house.tell(
            N_("Surplus {surplus}, reserve {reserve}, Article 44 base {base}, distributed {distributed}."),
            surplus=yuan(closing.surplus),
            reserve=yuan(closing.reserve),
            base=yuan(closing.article_44_base),
            distributed=yuan(closing.distributed),
        )
    if answer.legs is not None and answer.lines is not None:
        house.table(
            (N_("No."), N_("Name"), N_("Basis"), N_("Amount"), N_("Total weight")),
            [(leg.no, leg.name, leg.basis, yuan(leg.amount), str(leg.total_weight)) for leg in answer.legs],
            right=(3, 4),
        )
        house.table(
            (N_("Member"), N_("By trade"), N_("Other"), N_("Total")),
            [
                (number, yuan(one.patronage), yuan(one.other), yuan(one.total))
                for number, one in answer.lines.items()
            ],
            right=(1, 2, 3),
        )
    if answer.order is not None:
        house.table(
            (
                N_("Member"),
                N_("Name"),
                N_("Account"),
                N_("Owed"),
                N_("Paid out"),
                N_("Withheld"),
                N_("Arrives"),
            ),
            [
                (
                    one.member,
                    one.name,
                    one.account,
                    yuan(one.owed),
                    yuan(one.gross),
                    yuan(one.withheld),
                    yuan(one.net),
                )
                for one in answer.order.lines
            ],
            right=(3, 4, 5, 6),
        )
    if answer.rewards is not None:
        _tell_rewards(house, answer.rewards)
    if answer.managers is not None:
        house.table(
            (N_("Manager"), N_("Name"), N_("Ballots"), N_("Score"), N_("Due"), N_("Paid")),
            [
                (
                    number,
                    one.name,
                    str(one.ballots),
                    yuan(one.score),
                    yuan(one.commission_due),
                    yuan(one.commission_paid),
                )
                for number, one in answer.managers.items()
            ],
            right=(2, 3, 4, 5),
        )
    if answer.village_tiers is not None and answer.people_tiers is not None:
        _tell_tiers(house, answer.village_tiers, answer.people_tiers)


def _tell_rewards(house: House, made: RewardsAnswer) -> None:
    house.tell(
        N_("{scheme} {period}: {paid} paid, {deducted} deducted, net {net}."),
        scheme=made.scheme,
        period=made.period,
        paid=yuan(made.paid),
        deducted=yuan(made.deducted),
        net=yuan(made.net),
    )
    house.table(
        (N_("Rank"), N_("Name"), N_("Score"), N_("Class of the scheme"), N_("Paid"), N_("Deducted")),
        [
            (
                str(one.rank),
                name,
                yuan(one.score),
                one.named or "—",
                yuan(one.paid),
                yuan(one.deducted),
            )
            for name, one in made.people.items()
        ],
        right=(0, 2, 4, 5),
    )


def _tell_tiers(house: House, over: VillageTiers, people: Mapping[str, PeopleTiers]) -> None:
    house.tell(
        N_("{count} villages, {tiers} in tiers one, two, three; pool {pool}, stays {stays}."),
        count=len(over.villages),
        tiers=" ".join(map(str, over.counts)),
        pool=yuan(over.pool),
        stays=yuan(over.stays),
    )
    house.table(
        (
            N_("Village"),
            N_("Name"),
            N_("Rank"),
            N_("Score"),
            N_("Tier"),
            N_("Amount"),
            N_("Paid"),
            N_("Stays"),
        ),
        [
            (
                code,
                people[code].village,
                str(one.rank),
                yuan(one.score),
                str(one.tier),
                yuan(one.amount),
                yuan(people[code].paid),
                yuan(people[code].stays),
            )
            for code, one in over.villages.items()
        ],
        right=(2, 3, 4, 5, 6, 7),
    )
    house.table(
        (
            N_("Village"),
            N_("Person"),
            N_("Office"),
            N_("Rank"),
            N_("Score"),
            N_("Tier"),
            N_("Share"),
            N_("Paid"),
        ),
        [
            (
                of.village,
                name,
                say_word(house.language, f"post.{one.ranked_by}"),
                str(one.rank),
                yuan(one.score),
                str(one.tier),
                yuan(one.share),
                yuan(one.paid),
            )
            for of in people.values()
            for name, one in of.people.items()
        ],
        right=(3, 4, 5, 6, 7),
    )


@command(
    group=run,
    says=N_(
        "What falls due of a township's bonuses and rewards, month by month, and where it stands.\n\nTOWNSHIP is its nine-digit code."
    ),
)
@click.argument("township")
@click.option("--month", "only", metavar="MONTH", help=N_("Only this month, 2026-03."))
@as_json
def due(house: House, township: str, only: str | None, as_json: bool) -> None:
    """What is due."""
    code, on = _township(house, township), house.now()[0]
    wanted = month(only, "/month")
    with house.read() as db:
        found = awards_of(db, township=code, month=wanted, on=on)
    if as_json:
        house.json(found)
        return
    for one in found.items:
        house.tell(
            N_("{month} {village} {person} {no}/{of}: {amount}, {state}"),
            month=month_text(one.month),
            village=one.village_name,
            person=one.person,
            no=one.no,
            of=one.of,
            amount=yuan(one.amount),
            state=say_word(house.language, f"award.{one.state}"),
        )
    for reward in found.rewards:
        house.tell(
            N_("{month} {title} {who}: deducted {amount}, {state}")
            if reward.deducted
            else N_("{month} {title} {who}: {amount}, {state}"),
            month=month_text(reward.month),
            title=reward.title,
            who=reward.who,
            amount=yuan(reward.deducted or reward.amount),
            state=say_word(house.language, f"award.{reward.state}"),
        )


@command(
    group=run,
    writes=True,
    says=N_(
        "Say that somebody left office; what is not yet due of his instalments stops where the policy says so.\n\nVILLAGE is "
        "its twelve-digit code, PERSON the name the run has."
    ),
)
@click.argument("township")
@click.argument("village")
@click.argument("person")
@_by
@click.option("--on", metavar="DATE", help=N_("The day he left office."))
@click.option("--back", is_flag=True, help=N_("Take the last word back."))
@click.option("--reason", required=True, help=N_("Why."))
@as_json
def leave(
    house: House,
    township: str,
    village: str,
    person: str,
    by: str,
    on: str | None,
    back: bool,
    reason: str,
    as_json: bool,
) -> None:
    """Leave office."""
    if back is (on is not None):
        raise click.UsageError(
            house.words(N_("Give the day with --on, or --back to take the last word back."))
        )
    code, (today, at) = _township(house, township), house.now()
    left = None if on is None else _when(house, on)[0]
    leaving = LeftOffice(village=village, person=person, on=left, reason=reason)
    who = house.person(by)
    said = house.act(
        lambda db: awards.say_leaving(db, leaving, township=code, by=who, on=today, at=at), book=code
    )
    if as_json:
        house.json(said)
    else:
        house.tell(N_("Written down."))
