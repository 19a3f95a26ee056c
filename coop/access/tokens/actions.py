"""Making and ending tokens; every act is a link of the house's chain, without any secret in it."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection, insert, update

from coop.access import queries, rules
from coop.access.seals import TokenKept, sealed
from coop.access.tables import ApiTokenRow
from ledger.columns import table_of
from ledger.log import actions as log
from ledger.log.rules import instant
from schemas.access import Deed, NewToken, Rights, Token
from schemas.log import Act
from schemas.problems import Refusal, RefusalKind
from schemas.units import PersonId

_token = table_of(ApiTokenRow)


def make_token(
    db: Connection,
    new: NewToken,
    *,
    digest: bytes,
    by: Rights,
    made_by: PersonId | None = None,
    at: datetime,
) -> Token:
    """Make a token for programs that act in one's own name; ``digest`` is the SHA-256 of it. ``made_by`` is who really
    made it, where the operator of the database makes one for its owner: the log names him.

    It may do what its owner may at the moment of use, and of that only the deeds, in the books, it was made for.
    Refused: no deed, a deed or book that is not the owner's, an end too far away.
    """
    head = log.lock(db, book=log.HOUSE)
    places = queries.places_of(db, new.books)
    seen = {book.id for book in queries.books_seen_by(db, by)} & set(new.books) if new.books else set()
    if problems := rules.faults_of_token(new, owner=by, places=places, seen=seen, at=at):
        raise Refusal(*problems)
    id = queries.last_token(db) + 1
    deeds = sorted(set(new.deeds))
    books = sorted(set(new.books))
    until = instant(datetime.fromisoformat(new.until))
    made = TokenKept(
        id=id,
        digest=digest.hex(),
        person=by.person,
        name=new.name,
        deeds=msgspec.json.encode(deeds).decode(),
        books=msgspec.json.encode(books).decode(),
        made_at=instant(at),
        until=until,
    )
    db.execute(
        insert(_token),
        [
            {
                "token_id": id,
                "digest": digest,
                "person_id": made.person,
                "name": made.name,
                "deeds": made.deeds,
                "books": made.books,
                "made_at": made.made_at,
                "until": until,
                "last_used_at": None,
                "ended_at": None,
            }
        ],
    )
    act = Act(
        by=by.person if made_by is None else made_by,
        act="token.make",
        subject=f"token:{id}",
        after=f"person:{by.person} {new.name}: {' '.join(deeds)}; {' '.join(books) or 'all books'}; until {until}",
        content=sealed(made),
    )
    log.append(db, [act], book=log.HOUSE, head=head, at=at)
    found = queries.token(db, id)
    assert found is not None, "it was written just now"
    return found


def end_token(db: Connection, id: int, *, by: Rights, at: datetime) -> Token:
    """End a token: one's own, or another's for whoever manages tokens. Refused as missing otherwise."""
    head = log.lock(db, book=log.HOUSE)
    found = queries.token(db, id)
    mine = found is not None and (
        found.person == by.person or Deed.MANAGE_TOKENS in rules.deeds_at(by, code="")
    )
    if found is None or not mine or found.ended_at is not None:
        raise Refusal(rules.token_must_be_there.at(token=id), kind=RefusalKind.MISSING)
    db.execute(update(_token).where(_token.c.token_id == id).values(ended_at=instant(at)))
    act = Act(by=by.person, act="token.end", subject=f"token:{id}", before=found.name)
    log.append(db, [act], book=log.HOUSE, head=head, at=at)
    ended = queries.token(db, id)
    assert ended is not None, "it was there just now"
    return ended


def end_all(db: Connection, person: PersonId, *, at: datetime) -> None:
    """End the tokens of a person; logged by what they end for."""
    mine = (_token.c.person_id == person) & _token.c.ended_at.is_(None)
    db.execute(update(_token).where(mine).values(ended_at=instant(at)))


def stamp_token(db: Connection, id: int, *, at: datetime) -> None:
    """Write down that a token was used just now. No act of anybody, so nothing is logged."""
    db.execute(update(_token).where(_token.c.token_id == id).values(last_used_at=instant(at)))
