"""Writing down in which order a resolution put equals (RULES §7: the run stops until a resolution orders them)."""

from datetime import datetime

from sqlalchemy import Connection, insert

from coop.places import actions as places
from ledger.columns import table_of
from ledger.evidence import actions as evidence
from ledger.log import actions as log
from payouts import tiers
from payouts.candidates.rules import faults_of_order
from payouts.standings.queries import tier_inputs
from payouts.ties import queries, rules
from payouts.ties.tables import TierOrderNameRow, TierOrderRow
from schemas.awards import Ordered, PutInOrder
from schemas.evidence import EvidenceFile
from schemas.log import Act
from schemas.problems import Refusal
from schemas.units import PersonId


def put_in_order(
    db: Connection,
    new: PutInOrder,
    *,
    township: str,
    year: int,
    paper: EvidenceFile,
    by: PersonId,
    at: datetime,
) -> Ordered:
    """Write an order down with the scan of its resolution, whose bytes are in the store before. It counts for exactly
    those it names, as long as they are equal in every key. Refused: a place that is not the township's, others than
    those a boundary divides there."""
    head = places.desk(db, township=township)
    inputs = tier_inputs(db, township=township, year=year)
    if new.place not in {township, *(village.code for village in inputs.villages)}:
        raise Refusal(
            rules.place_must_be_of_the_township.at("/place", place=new.place, township=township, year=year)
        )
    divided = tiers.ties_of(inputs).get(new.place, ())
    problems = faults_of_order(new.order, divided, resolution=new.resolution)
    if problems:
        raise Refusal(*problems)
    evidence.know_files(db, [paper], book=township)
    before = queries.orders(db, township=township)
    made = Ordered(
        seq=before[-1].seq + 1 if before else 1,
        year=year,
        given=new,
        sha256=paper.sha256,
        name=paper.name,
        by=by,
        at=log.instant(at),
    )
    db.execute(
        insert(table_of(TierOrderRow)),
        [
            {
                "book_id": township,
                "seq": made.seq,
                "year": year,
                "place_code": new.place,
                "resolution": new.resolution,
                "sha256": made.sha256,
                "name": made.name,
                "recorded_by": by,
                "at": made.at,
            }
        ],
    )
    db.execute(
        insert(table_of(TierOrderNameRow)),
        [{"book_id": township, "seq": made.seq, "no": no, "who": who} for no, who in enumerate(new.order, 1)],
    )
    act = Act(
        by=by,
        act=rules.NOTED,
        subject=f"tier-order:{made.seq}",
        after=rules.noted_text(made),
        content=rules.sealed(made),
    )
    log.append(db, [act], book=township, head=head, at=at)
    return made
