"""Proving a book with its register, and the house's own chain."""

from collections.abc import Iterable, Iterator

import msgspec
from sqlalchemy import Connection, select
from sqlmodel import SQLModel

from coop.access import queries as access
from coop.alerts import queries as alerts
from coop.contracts import queries as contracts
from coop.figures import queries as figures
from coop.income import queries as income
from coop.inventory import queries as inventory
from coop.lists import queries as lists
from coop.monthly_reports import queries as monthly_reports
from coop.monthly_reports import rules as monthly_report_rules
from coop.places import queries as places
from coop.project_money import queries as project_money
from coop.proof import rules
from coop.proof.access import AccessSays, faults_of_access
from coop.proof.alerts import PREFIXES, faults_of_alerts, faults_of_breaches
from coop.proof.ballots import faults_of_ballots
from coop.proof.bodies import OF_A_COLLECTIVE, OF_A_REGISTER, OF_A_TOWNSHIP, OF_REPORTS, Body, fault_of_body
from coop.proof.figures import PREFIX as PREFIX_OF_FIGURES
from coop.proof.figures import faults_of_figures
from coop.proof.lists import faults_of_list_appeals
from coop.proof.monthly_reports import faults_of_reports
from coop.proof.places import PREFIX as PREFIX_OF_PLACES
from coop.proof.places import faults_of_places
from coop.proof.snapshots import faults_of_ranks, faults_of_snapshots
from coop.proof.thresholds import PREFIX as PREFIX_OF_THRESHOLDS
from coop.proof.thresholds import faults_of_thresholds
from coop.proof.webhooks import PREFIX, faults_of_webhooks
from coop.register.crossings import CONTRIBUTION
from coop.register.queries import changed_acts, paid_in_by_collectives
from coop.scoring import queries as scoring
from coop.shares import queries as shares
from coop.shares.rules import RECORDED, faults_in, faults_of_sealed
from coop.snapshots import queries as snapshots
from coop.webhooks import queries as webhooks
from ledger.evidence import queries as evidence
from ledger.evidence.rules import faults_of_store
from ledger.log import queries as log
from ledger.log.rules import HOUSE
from ledger.money import yuan
from ledger.outbox import queries as outbox
from ledger.outbox.rules import faults_of_sent
from ledger.proof import queries as ledger
from ledger.proof.queries import Load, Read
from ledger.side_books.rules import faults_of_facts
from schemas.alerts import Breach
from schemas.books import Book, BookKind
from schemas.problems import Problem
from schemas.proof import BookProof
from schemas.units import BookId

_ALWAYS = 299913
"""The end of time, as a period."""
_BALLOTS = "ballot."
"""How the acts of ballots begin."""
_SNAPSHOTS, _LISTINGS = "snapshot.", "listing."
"""How the acts on frozen months begin, and what is said of their lists."""


def prove(db: Connection, *, book: Book, load: Load | None = None, read: Read | None = None) -> BookProof:
    """Prove a book as ``ledger.proof`` does, and that no holding of its register was ever negative and its movements and acts
    are as they were recorded and confirmed; of a cooperative also that the register equals 股金 member by member, that
    ballots are what the log sealed, that what collectives paid in was sent on, and that the collectives' books show what they hold here; of
    a collective that inventory, contracts and project money are what the log sealed."""
    proof = ledger.prove(db, book=book, load=load, read=read)
    if book.kind is not BookKind.COOPERATIVE:
        problems = (*proof.problems, *_register(db, book=book.id), *_not_as_sealed(db, book=book.id))
        return msgspec.structs.replace(proof, problems=problems)
    sent = outbox.standing(db, book=book.id, of=lambda kind: kind == CONTRIBUTION)
    problems = (
        *proof.problems,
        *faults_of_sent(paid_in_by_collectives(db, book=book.id), sent, book=book.id),
        *shares.register_differences(db, book=book, until=_ALWAYS),
        *_register(db, book=book.id),
        *faults_of_ballots(
            scoring.kept_ballots(db, book=book.id),
            scoring.kept_scans(db, book=book.id),
            log.entries(db, book=book.id, act=_BALLOTS),
            book=book.id,
        ),
        *rules.faults_of_holdings(
            shares.collective_holdings(db, book=book.id, until=_ALWAYS), book=book.id, yuan=yuan
        ),
    )
    return msgspec.structs.replace(proof, problems=problems)


def unreadable(db: Connection, bodies: Iterable[Body], *, chain: BookId | None) -> tuple[Problem, ...]:
    """The rows of these tables, or of those of one chain, whose text cannot be read."""
    found = []
    for body in bodies:
        table = SQLModel.metadata.tables[body.table]
        wanted = [] if chain is None else [table.c.book_id == chain]
        for row in db.execute(select(table).where(*wanted)):
            key = " ".join(str(getattr(row, column.name)) for column in table.primary_key)
            problem = fault_of_body(body, row, key=key)
            found += [] if problem is None else [problem]
    return tuple(found)


def _register(db: Connection, *, book: BookId) -> tuple[Problem, ...]:
    """Whatever of a book's register was ever below nothing, or is not as it was recorded and confirmed."""
    moved = shares.movements(db, book=book)
    return (
        *faults_in(moved, yuan=yuan),
        *faults_of_sealed(moved, log.contents_of(db, book=book, act=RECORDED), book=book),
        *(unreadable(db, OF_A_REGISTER, chain=book) or changed_acts(db, book=book)),
    )


def _not_as_sealed(db: Connection, *, book: BookId) -> tuple[Problem, ...]:
    """Whatever a collective's inventory, contracts and project money hold, or no longer hold, that is not what the log
    sealed."""
    spoilt = unreadable(db, OF_A_COLLECTIVE, chain=book)
    if spoilt:
        return spoilt
    rooms = (
        ("inventory.", inventory.ACTS, inventory.facts),
        ("contract.", contracts.ACTS, contracts.facts),
        ("project_money.", project_money.ACTS, project_money.facts),
    )
    return tuple(
        problem
        for prefix, acts, facts in rooms
        for problem in faults_of_facts(
            facts(db, book=book), log.entries(db, book=book, act=prefix), acts=acts, book=book
        )
    )


def prove_township(db: Connection, *, township: str, read: Read | None = None) -> BookProof:
    """Prove the desk of a township as ``ledger.proof`` does, and that its frozen months with their reports, what was
    said of their lists, its red lines, its alerts and its figures from outside are as the log left them, and that each alert
    follows from the month or the figures it speaks of; with ``read`` also that its files are whole."""
    proof = ledger.prove_desk(db, desk=township)
    spoilt = unreadable(db, OF_A_TOWNSHIP, chain=township)
    if spoilt:
        return msgspec.structs.replace(proof, problems=(*proof.problems, *spoilt))
    problems = (
        *proof.problems,
        *faults_of_snapshots(
            snapshots.snapshots(db, within=township),
            log.entries(db, book=township, act=_SNAPSHOTS),
            township=township,
        ),
        *faults_of_list_appeals(
            lists.appeals(db, within=township).get(township, ()),
            log.entries(db, book=township, act=_LISTINGS),
            township=township,
        ),
        *_faults_of_alerts(db, township=township),
        *_faults_of_figures(db, township=township),
        *_faults_of_reports(db, chain=township, read=read),
    )
    return msgspec.structs.replace(proof, problems=problems)


def _faults_of_alerts(db: Connection, *, township: str) -> Iterator[Problem]:
    opened = alerts.alerts(db, within=township).get(township, ())
    yield from faults_of_alerts(
        opened,
        alerts.watches(db, township=township),
        alerts.line_versions(db, township=township),
        (entry for prefix in PREFIXES for entry in log.entries(db, book=township, act=prefix)),
        township=township,
    )

    def outside(breach: Breach) -> tuple[Breach, ...]:
        assert breach.parcel is not None, "asked of a breach by figures from outside"
        return alerts.breaches_of_figures(
            db, township=township, parcel=breach.parcel, month=breach.month, lines=[breach.line]
        )

    frozen = snapshots.snapshots(db, within=township) if opened else ()
    yield from faults_of_breaches(opened, frozen, outside, township=township)


def _faults_of_figures(db: Connection, *, township: str) -> Iterator[Problem]:
    parcels = figures.parcels(db, township=township)
    yield from faults_of_figures(
        parcels,
        figures.rows_of(db, township=township, numbers=[one.number for one in parcels]),
        log.entries(db, book=township, act=PREFIX_OF_FIGURES),
        township=township,
    )


def _faults_of_reports(db: Connection, *, chain: BookId, read: Read | None) -> Iterator[Problem]:
    """What is wrong with the monthly reports logged in a chain, and with every file kept beside it."""
    spoilt = unreadable(db, OF_REPORTS, chain=chain)
    yield from spoilt
    kept = () if spoilt else monthly_reports.kept_in(db, chain=chain)
    heads = snapshots.snapshots(db, within="" if chain == HOUSE else chain, heads_only=True) if kept else ()
    if not spoilt:
        yield from faults_of_reports(
            kept,
            log.entries(db, book=chain, act=monthly_report_rules.MADE),
            {(one.snapshot.township, one.snapshot.month): one.digest for one in heads},
            book=chain,
        )
    if read is not None:
        yield from faults_of_store(evidence.stored_files(db, book=chain), book=chain, read=read)


def prove_house(db: Connection, *, read: Read | None = None) -> BookProof:
    """Prove what concerns no single book as ``ledger.proof`` does, that logins, roles, tokens, sessions,
    subscriptions, places and thresholds are as the log left them, that nobody has roles that must be kept apart, and that the ranks of frozen
    months above the townships follow from what is frozen."""
    proof = ledger.prove_house(db)
    spoilt = unreadable(db, OF_A_TOWNSHIP, chain=None)
    problems = (
        *proof.problems,
        *faults_of_access(access.everything_kept(db), AccessSays(log.every_entry(db, book=HOUSE))),
        *rules.faults_of_roles(access.duties_at_odds(db)),
        *faults_of_webhooks(webhooks.everything_kept(db), log.entries(db, book=HOUSE, act=PREFIX)),
        *(() if spoilt else _faults_of_reports(db, chain=HOUSE, read=read)),
        *faults_of_places(
            places.everything_named(db),
            places.changes(db, within=""),
            log.entries(db, book=HOUSE, act=PREFIX_OF_PLACES),
        ),
        *faults_of_thresholds(
            income.threshold_versions(db), log.entries(db, book=HOUSE, act=PREFIX_OF_THRESHOLDS)
        ),
        *(() if spoilt else faults_of_ranks(snapshots.snapshots(db, within=""))),
    )
    return msgspec.structs.replace(proof, problems=problems)
