"""Entering members, their heirs and counterparties, what changes of them, and how members leave."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, delete, insert, update

from coop.identity import masked_text
from coop.members import queries, rules
from coop.members.tables import (
    CollectiveMemberRow,
    CounterpartyRow,
    HeirRow,
    HeirSecretRow,
    InvestmentRow,
    MemberRow,
    MemberSecretRow,
)
from coop.vault.rules import Vault, seal, unseal
from ledger.columns import table_of
from ledger.details import actions as details
from ledger.log import actions as log
from ledger.log.rules import reason_must_be_given
from ledger.seal.rules import digest_of
from schemas.books import Detail
from schemas.charts import KeptBy
from schemas.identity import IdentityKind, Sealed
from schemas.log import Act, ChainHead
from schemas.members import (
    CollectiveMember,
    Counterparty,
    Heir,
    Investment,
    Member,
    MemberChange,
    NewMember,
    SecretField,
)
from schemas.problems import Refusal, RefusalKind
from schemas.register import HeirNamed, PayeeChange
from schemas.units import BookId, PersonId

_member = table_of(MemberRow)
_secret = table_of(MemberSecretRow)
_counterparty = table_of(CounterpartyRow)
_collective = table_of(CollectiveMemberRow)
_investment = table_of(InvestmentRow)
_heir = table_of(HeirRow)
_heir_secret = table_of(HeirSecretRow)
_LEAVE = (
    update(_member)
    .where(_member.c.book_id == bindparam("b_book_id"), _member.c.member_no == bindparam("b_member_no"))
    .values(left_on=bindparam("b_left_on"), note=bindparam("b_note"), version=_member.c.version + 1)
)


def enter_many(
    db: Connection,
    new: Sequence[NewMember],
    *,
    book: BookId,
    vault: Vault,
    by: PersonId,
    at: datetime,
) -> Mapping[str, Member]:
    """Enter members: each becomes a detail of the book, its identity data are sealed before they are written.
    Refused as a whole when a number is taken."""
    details.add_many(
        db,
        [Detail(code=one.number, name=one.name, kind=KeptBy.MEMBER) for one in new],
        book=book,
        by=by,
        at=at,
    )
    head = log.lock(db, book=book)
    secrets = {
        one.number: {
            field: seal(vault, text, kind, owner=rules.owner(book, one.number))
            for field, (text, kind) in rules.identity_data(one).items()
        }
        for one in new
    }
    if new:
        db.execute(insert(_member), [_row_of(one, book=book) for one in new])
    _write_secrets(db, secrets, book=book)
    members = queries.members(db, book=book)
    acts = [
        Act(
            by=by,
            act="member.enter",
            subject=f"member:{one.number}",
            after=_said(members[one.number]),
            content=digest_of(
                (
                    members[one.number],
                    [(field, sealed.digest) for field, sealed in secrets[one.number].items()],
                )
            ),
        )
        for one in new
    ]
    log.append(db, acts, book=book, head=head, at=at)
    return {one.number: members[one.number] for one in new}


def leave_many(
    db: Connection,
    left: Mapping[str, tuple[date, str]],
    *,
    book: BookId,
    vault: Vault,
    by: PersonId,
    at: datetime,
) -> None:
    """Write down the last day of membership of these members, and the note that says why; a note with identity
    data is kept whole under seal."""
    if not left:
        return
    head = log.lock(db, book=book)
    db.execute(
        _LEAVE,
        [
            {"b_book_id": book, "b_member_no": number, "b_left_on": day, "b_note": masked_text(note)}
            for number, (day, note) in left.items()
        ],
    )
    sealed = {
        number: {SecretField.NOTE: seal(vault, note, IdentityKind.NOTE, owner=rules.owner(book, number))}
        for number, (_, note) in left.items()
        if masked_text(note) != note
    }
    db.execute(
        delete(_secret).where(
            _secret.c.book_id == book,
            _secret.c.member_no.in_(sorted(left)),
            _secret.c.field == SecretField.NOTE.value,
        )
    )
    _write_secrets(db, sealed, book=book)
    acts = [
        Act(
            by=by,
            act="member.leave",
            subject=f"member:{number}",
            after=f"{day} {masked_text(note)}".strip(),
        )
        for number, (day, note) in left.items()
    ]
    log.append(db, acts, book=book, head=head, at=at)


def end_many(
    db: Connection, ends: Mapping[str, date | None], *, book: BookId, by: PersonId, at: datetime
) -> None:
    """Write down the last day of these memberships, None where an end is taken back; the notes stay as they are."""
    if not ends:
        return
    head = log.lock(db, book=book)
    for number, day in ends.items():
        db.execute(
            update(_member)
            .where(_member.c.book_id == book, _member.c.member_no == number)
            .values(left_on=day, version=_member.c.version + 1)
        )
    acts = [
        Act(by=by, act="member.leave", subject=f"member:{number}", after="" if day is None else str(day))
        for number, day in ends.items()
    ]
    log.append(db, acts, book=book, head=head, at=at)


def change(
    db: Connection,
    wanted: MemberChange,
    *,
    book: BookId,
    number: str,
    seen: int | None,
    vault: Vault,
    by: PersonId,
    at: datetime,
) -> Member:
    """Change what nobody is paid by: household, telephone, poverty exit, note. ``seen`` is the version it was changed on.

    Refused: no such member, changed meanwhile.
    """
    head = log.lock(db, book=book)
    before = queries.member(db, book=book, number=number)
    if before is None:
        raise Refusal(rules.member_must_be_here.at("/member", member=number), kind=RefusalKind.MISSING)
    if seen is not None and seen != before.version:
        problem = rules.member_must_be_as_seen.at(
            "/version", member=number, seen=seen, version=before.version
        )
        raise Refusal(problem, kind=RefusalKind.STALE)
    changed: dict[str, object] = {}
    pieces: dict[SecretField, tuple[str, IdentityKind]] = {}
    if wanted.household is not None:
        changed["household_no"] = wanted.household
    if wanted.poverty_exit is not None:
        changed["poverty_exit"] = int(wanted.poverty_exit)
    if wanted.note is not None:
        changed["note"] = masked_text(wanted.note)
        pieces[SecretField.NOTE] = (
            wanted.note if masked_text(wanted.note) != wanted.note else "",
            IdentityKind.NOTE,
        )
    if wanted.phone is not None:
        pieces[SecretField.PHONE] = (wanted.phone, IdentityKind.PHONE)
    return _changed(
        db, before, changed, pieces, act="member.change", book=book, vault=vault, by=by, head=head, at=at
    )


def change_payee(
    db: Connection, wanted: PayeeChange, *, book: BookId, vault: Vault, by: PersonId, at: datetime
) -> Member:
    """Change who is paid and where, as a second person confirmed it; what is empty stays as it is."""
    head = log.lock(db, book=book)
    before = queries.member(db, book=book, number=wanted.member)
    assert before is not None, "the act's faults were looked for"
    account_kind = wanted.account_kind or before.account_kind
    changed: dict[str, object] = {
        name: given for name, given in (("name", wanted.name), ("bank", wanted.bank)) if given
    }
    if wanted.account_kind is not None:
        changed["account_kind"] = wanted.account_kind.value
    pieces = {
        field: piece
        for field, piece in (
            (SecretField.IDENTITY, (wanted.identity, rules.kind_of_identity(before.kind))),
            (SecretField.BANK_ACCOUNT, (wanted.bank_account, rules.kind_of_account_number(account_kind))),
        )
        if piece[0]
    }
    return _changed(
        db, before, changed, pieces, act="member.payee", book=book, vault=vault, by=by, head=head, at=at
    )


def _changed(
    db: Connection,
    before: Member,
    changed: Mapping[str, object],
    pieces: Mapping[SecretField, tuple[str, IdentityKind]],
    *,
    act: str,
    book: BookId,
    vault: Vault,
    by: PersonId,
    head: ChainHead,
    at: datetime,
) -> Member:
    """Write columns and sealed pieces of a member anew; an empty piece is taken away."""
    db.execute(
        update(_member)
        .where(_member.c.book_id == book, _member.c.member_no == before.number)
        .values({**changed, "version": before.version + 1})
    )
    db.execute(
        delete(_secret).where(
            _secret.c.book_id == book,
            _secret.c.member_no == before.number,
            _secret.c.field.in_([field.value for field in pieces]),
        )
    )
    owner = rules.owner(book, before.number)
    sealed = {field: seal(vault, text, kind, owner=owner) for field, (text, kind) in pieces.items() if text}
    _write_secrets(db, {before.number: sealed}, book=book)
    after = queries.member(db, book=book, number=before.number)
    assert after is not None, "it was there a moment ago"
    done = Act(
        by=by,
        act=act,
        subject=f"member:{before.number}",
        before=_said(before),
        after=_said(after),
        content=digest_of((after, [(field, one.digest) for field, one in sealed.items()])),
    )
    log.append(db, [done], book=book, head=head, at=at)
    return after


def name_heir(
    db: Connection, wanted: HeirNamed, *, book: BookId, vault: Vault, by: PersonId, at: datetime
) -> Heir:
    """Write down an heir of a member who died, identity data sealed."""
    head = log.lock(db, book=book)
    number = queries.last_heir(db, book=book) + 1
    db.execute(
        insert(_heir),
        [
            {
                "book_id": book,
                "heir": number,
                "member_no": wanted.member,
                "name": wanted.name,
                "relation": wanted.relation,
                "bank": wanted.bank,
                "account_kind": None if wanted.account_kind is None else wanted.account_kind.value,
                "named_on": wanted.on,
                "recorded_at": log.instant(at),
            }
        ],
    )
    sealed = {
        field: seal(vault, text, kind, owner=rules.owner_of_heir(book, number))
        for field, text, kind in (
            (SecretField.IDENTITY, wanted.identity, IdentityKind.CITIZEN),
            (SecretField.PHONE, wanted.phone, IdentityKind.PHONE),
            (
                SecretField.BANK_ACCOUNT,
                wanted.bank_account,
                rules.kind_of_account_number(wanted.account_kind),
            ),
        )
        if text
    }
    if sealed:
        rows = [
            {"book_id": book, "heir": number, **_row_of_secret(field, one)} for field, one in sealed.items()
        ]
        db.execute(insert(_heir_secret), rows)
    (found,) = (heir for heir in queries.heirs(db, book=book, member=wanted.member) if heir.heir == number)
    done = Act(
        by=by,
        act="member.heir",
        subject=f"member:{wanted.member}",
        after=" ".join(filter(None, (found.name, found.identity, found.bank, found.bank_account))),
        content=digest_of((found, [(field, one.digest) for field, one in sealed.items()])),
    )
    log.append(db, [done], book=book, head=head, at=at)
    return found


def unmask(
    db: Connection,
    *,
    book: BookId,
    number: str,
    field: SecretField,
    vault: Vault,
    by: PersonId,
    reason: str,
    at: datetime,
) -> str:
    """What is sealed of a member, in full, for somebody who says why; each time is logged, with the masked number.

    Refused: no such member, nothing sealed there, no reason given.
    """
    head = log.lock(db, book=book)
    sealed = queries.secrets(db, book=book, number=number).get(field)
    if sealed is None:
        raise Refusal(rules.secret_must_be_there.at("/field", member=number), kind=RefusalKind.MISSING)
    if not reason.strip():
        raise Refusal(reason_must_be_given.at("/reason"))
    act = Act(
        by=by,
        act="member.unmask",
        subject=f"member:{number}",
        after=f"{field.value} {sealed.masked} {reason.strip()}",
    )
    log.append(db, [act], book=book, head=head, at=at)
    return unseal(vault, sealed, owner=rules.owner(book, number))


def enter_counterparties(
    db: Connection, new: Sequence[Counterparty], *, book: BookId, by: PersonId, at: datetime
) -> None:
    """Enter counterparties: each becomes a detail of the book. Refused as a whole when a code is taken."""
    if not new:
        return
    details.add_many(
        db,
        [Detail(code=one.code, name=one.name, kind=KeptBy.COUNTERPARTY) for one in new],
        book=book,
        by=by,
        at=at,
    )
    head = log.lock(db, book=book)
    db.execute(
        insert(_counterparty),
        [{"book_id": book, "code": one.code, "name": one.name, "kind": one.kind} for one in new],
    )
    act = Act(
        by=by,
        act="counterparty.enter",
        subject=f"counterparties:{new[0].code}-{new[-1].code}",
        after=str(len(new)),
        content=digest_of(new),
    )
    log.append(db, [act], book=book, head=head, at=at)


def link_collectives(
    db: Connection, links: Sequence[CollectiveMember], *, book: BookId, by: PersonId, at: datetime
) -> None:
    """Say which member of a cooperative is which village's collective."""
    if not links:
        return
    head = log.lock(db, book=book)
    db.execute(
        insert(_collective),
        [{"book_id": book, "member_no": one.member, "village_code": one.village} for one in links],
    )
    acts = [
        Act(by=by, act=rules.COLLECTIVE_LINKED, subject=f"member:{one.member}", after=f"place:{one.village}")
        for one in links
    ]
    log.append(db, acts, book=book, head=head, at=at)


def link_investments(
    db: Connection, links: Sequence[Investment], *, book: BookId, by: PersonId, at: datetime
) -> None:
    """Say which detail of a collective's 长期投资 stands for which cooperative's book."""
    if not links:
        return
    head = log.lock(db, book=book)
    db.execute(
        insert(_investment),
        [{"book_id": book, "detail": one.detail, "cooperative": one.cooperative} for one in links],
    )
    acts = [
        Act(
            by=by,
            act="detail.investment",
            subject=f"detail:{one.detail}",
            after=f"book:{one.cooperative}",
        )
        for one in links
    ]
    log.append(db, acts, book=book, head=head, at=at)


def _write_secrets(
    db: Connection, secrets: Mapping[str, Mapping[SecretField, Sealed]], *, book: BookId
) -> None:
    rows = [
        {"book_id": book, "member_no": number, **_row_of_secret(field, sealed)}
        for number, pieces in secrets.items()
        for field, sealed in pieces.items()
    ]
    if rows:
        db.execute(insert(_secret), rows)


def _row_of_secret(field: SecretField, sealed: Sealed) -> dict[str, object]:
    return {
        "field": field.value,
        "kind": sealed.kind.value,
        "cipher": sealed.cipher,
        "key_id": sealed.key_id,
        "digest": sealed.digest,
        "masked": sealed.masked,
    }


def _row_of(one: NewMember, *, book: BookId) -> dict[str, object]:
    return {
        "book_id": book,
        "member_no": one.number,
        "household_no": one.household,
        "name": one.name,
        "kind": one.kind.value,
        "bank": one.bank,
        "account_kind": None if one.account_kind is None else one.account_kind.value,
        "joined_on": one.joined_on,
        "left_on": one.left_on,
        "poverty_exit": None if one.poverty_exit is None else int(one.poverty_exit),
        "note": masked_text(one.note),
        "version": 1,
    }


def _said(member: Member) -> str:
    return " ".join(
        filter(
            None,
            (
                member.kind,
                member.name,
                member.household,
                member.identity,
                member.phone,
                member.bank,
                member.bank_account,
                str(member.joined_on),
                "" if member.left_on is None else f"– {member.left_on}",
                member.note,
            ),
        )
    )
