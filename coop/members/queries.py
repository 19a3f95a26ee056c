"""Who is a member, and whom the book trades with. Identity data come out masked; what is sealed stays sealed."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, or_, select

from coop.members import rules
from coop.members.tables import (
    CollectiveMemberRow,
    CounterpartyRow,
    HeirRow,
    HeirSecretRow,
    InvestmentRow,
    MemberRow,
    MemberSecretRow,
)
from ledger.columns import Prepared, table_of
from ledger.log import queries as log
from schemas.identity import IdentityKind, Sealed
from schemas.members import (
    AccountKind,
    CollectiveMember,
    Counterparty,
    Heir,
    Investment,
    Member,
    MemberKind,
    Membership,
    SecretField,
)
from schemas.units import BookId, Instant

_member = table_of(MemberRow)
_secret = table_of(MemberSecretRow)
_counterparty = table_of(CounterpartyRow)
_collective = table_of(CollectiveMemberRow)
_investment = table_of(InvestmentRow)
_heir = table_of(HeirRow)
_heir_secret = table_of(HeirSecretRow)

_ONE = Prepared(
    select(_member).where(_member.c.book_id == bindparam("book"), _member.c.member_no == bindparam("member"))
)
_SECRETS = Prepared(
    select(_secret).where(_secret.c.book_id == bindparam("book"), _secret.c.member_no == bindparam("member"))
)


def members(
    db: Connection, *, book: BookId, on: date | None = None, after: str = "", limit: int | None = None
) -> Mapping[str, Member]:
    """The members of a book by number, all or so many after one; with ``on`` those who were members that day (the last
    day counts)."""
    wanted = [*_there(book, on), _member.c.member_no > after]
    rows = db.execute(select(_member).where(*wanted).order_by(_member.c.member_no).limit(limit)).all()
    sealed = [_secret.c.book_id == book]
    if limit is not None and rows:
        sealed.append(_secret.c.member_no.between(rows[0].member_no, rows[-1].member_no))
    masked: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for secret in db.execute(select(_secret.c.member_no, _secret.c.field, _secret.c.masked).where(*sealed)):
        masked[secret.member_no][secret.field] = secret.masked
    return {row.member_no: _as_member(row, masked[row.member_no]) for row in rows}


def kinds(db: Connection, *, book: BookId, on: date | None = None) -> Mapping[MemberKind, int]:
    """How many members of each kind there are, or were on a day."""
    rows = db.execute(select(_member.c.kind, func.count()).where(*_there(book, on)).group_by(_member.c.kind))
    return {MemberKind(kind): int(count) for kind, count in rows}


def _there(book: BookId, on: date | None) -> list[ColumnElement[bool]]:
    if on is None:
        return [_member.c.book_id == book]
    return [
        _member.c.book_id == book,
        _member.c.joined_on <= on,
        or_(_member.c.left_on.is_(None), _member.c.left_on >= on),
    ]


def memberships(db: Connection, *, book: BookId) -> tuple[Membership, ...]:
    """From when to when everybody ever entered is a member, by number."""
    rows = db.execute(
        select(_member.c.member_no, _member.c.joined_on, _member.c.left_on)
        .where(_member.c.book_id == book)
        .order_by(_member.c.member_no)
    )
    return tuple(Membership(number=number, joined_on=joined, left_on=left) for number, joined, left in rows)


def member(db: Connection, *, book: BookId, number: str) -> Member | None:
    """One member."""
    row = _ONE.first(db, book=book, member=number)
    if row is None:
        return None
    masked = {field.value: sealed.masked for field, sealed in secrets(db, book=book, number=number).items()}
    return _as_member(row, masked)


def of_household(db: Connection, *, book: BookId, household: str) -> tuple[Member, ...]:
    """The members of a household by number."""
    rows = _OF_HOUSEHOLD.rows(db, book=book, household=household)
    return tuple(
        _as_member(of[0], {row.field: row.masked for row in of if row.field is not None})
        for _, group in groupby(rows, lambda row: row.member_no)
        if (of := list(group))
    )


_OF_HOUSEHOLD = Prepared(
    select(*_member.c, _secret.c.field, _secret.c.masked)
    .select_from(
        _member.outerjoin(
            _secret,
            (_secret.c.book_id == _member.c.book_id) & (_secret.c.member_no == _member.c.member_no),
        )
    )
    .where(_member.c.book_id == bindparam("book"), _member.c.household_no == bindparam("household"))
    .order_by(_member.c.member_no)
)


def secrets(db: Connection, *, book: BookId, number: str) -> Mapping[SecretField, Sealed]:
    """What is sealed of a member, for whoever holds the key."""
    rows = _SECRETS.rows(db, book=book, member=number)
    return {SecretField(row.field): _as_sealed(row) for row in rows}


def secret_digests(db: Connection, *, book: BookId) -> Mapping[tuple[str, SecretField], str]:
    """The keyed digest of everything sealed, by member and field: equal numbers have equal digests."""
    rows = db.execute(
        select(_secret.c.member_no, _secret.c.field, _secret.c.digest).where(_secret.c.book_id == book)
    )
    return {(row.member_no, SecretField(row.field)): row.digest for row in rows}


def heirs(db: Connection, *, book: BookId, member: str | None = None) -> tuple[Heir, ...]:
    """The heirs named in a book, or those of one member, in the order they were named."""
    wanted = [_heir.c.book_id == book]
    if member is not None:
        wanted.append(_heir.c.member_no == member)
    shown: defaultdict[int, dict[str, str]] = defaultdict(dict)
    for secret in db.execute(
        select(_heir_secret.c.heir, _heir_secret.c.field, _heir_secret.c.masked).where(
            _heir_secret.c.book_id == book
        )
    ):
        shown[secret.heir][secret.field] = secret.masked
    rows = db.execute(select(_heir).where(*wanted).order_by(_heir.c.heir))
    return tuple(_as_heir(row, shown[row.heir]) for row in rows)


def heir_secrets(db: Connection, *, book: BookId, heir: int) -> Mapping[SecretField, Sealed]:
    """What is sealed of an heir, for whoever holds the key."""
    rows = db.execute(select(_heir_secret).where(_heir_secret.c.book_id == book, _heir_secret.c.heir == heir))
    return {SecretField(row.field): _as_sealed(row) for row in rows}


def last_heir(db: Connection, *, book: BookId) -> int:
    """The number of the last heir named, 0 when there is none."""
    last = select(func.coalesce(func.max(_heir.c.heir), 0)).where(_heir.c.book_id == book)
    return int(db.execute(last).scalar_one())


def counterparties(db: Connection, *, book: BookId) -> Mapping[str, Counterparty]:
    """The counterparties of a book by code."""
    rows = db.execute(
        select(_counterparty).where(_counterparty.c.book_id == book).order_by(_counterparty.c.code)
    )
    return {row.code: Counterparty(code=row.code, name=row.name, kind=row.kind) for row in rows}


def collective_members(db: Connection, *, book: BookId) -> tuple[CollectiveMember, ...]:
    """Which members of a cooperative are villages' collectives, by member number."""
    rows = db.execute(
        select(_collective).where(_collective.c.book_id == book).order_by(_collective.c.member_no)
    )
    return tuple(CollectiveMember(member=row.member_no, village=row.village_code) for row in rows)


def collectives_linked_at(db: Connection, *, book: BookId) -> Mapping[str, Instant]:
    """When it was said of each of these members whose collective it is, by member number, as the log has it."""
    prefix = "member:"
    return {
        entry.subject.removeprefix(prefix): entry.at
        for entry in log.entries(db, book=book, act=rules.COLLECTIVE_LINKED)
    }


def investments(db: Connection, *, book: BookId) -> tuple[Investment, ...]:
    """Which details of a collective's 长期投资 stand for which cooperative, by detail."""
    rows = db.execute(select(_investment).where(_investment.c.book_id == book).order_by(_investment.c.detail))
    return tuple(Investment(detail=row.detail, cooperative=row.cooperative) for row in rows)


def _as_member(row: Any, masked: Mapping[str, str]) -> Member:
    return Member(
        number=row.member_no,
        household=row.household_no,
        name=row.name,
        kind=MemberKind(row.kind),
        identity=masked.get(SecretField.IDENTITY, ""),
        phone=masked.get(SecretField.PHONE, ""),
        bank=row.bank,
        bank_account=masked.get(SecretField.BANK_ACCOUNT, ""),
        account_kind=None if row.account_kind is None else AccountKind(row.account_kind),
        joined_on=row.joined_on,
        left_on=row.left_on,
        poverty_exit=None if row.poverty_exit is None else bool(row.poverty_exit),
        note=row.note,
        version=row.version,
    )


def _as_heir(row: Row[Any], masked: Mapping[str, str]) -> Heir:
    return Heir(
        heir=row.heir,
        member=row.member_no,
        name=row.name,
        relation=row.relation,
        identity=masked.get(SecretField.IDENTITY, ""),
        phone=masked.get(SecretField.PHONE, ""),
        bank=row.bank,
        bank_account=masked.get(SecretField.BANK_ACCOUNT, ""),
        account_kind=None if row.account_kind is None else AccountKind(row.account_kind),
        named_on=row.named_on,
        recorded_at=row.recorded_at,
    )


def _as_sealed(row: Any) -> Sealed:
    return Sealed(
        kind=IdentityKind(row.kind),
        cipher=row.cipher,
        key_id=row.key_id,
        digest=row.digest,
        masked=row.masked,
    )
