"""Cards write off their assets by one voucher a month, each month of each card exactly once."""

from datetime import date
from threading import Barrier, Thread

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from ledger.assets import actions, queries
from ledger.balances.queries import balance_of
from ledger.log import queries as log
from ledger.money import fen_from_yuan
from ledger.periods import actions as periods
from ledger.vouchers import actions as vouchers
from schemas.assets import Card, NewCard, Rhythm, Terms
from schemas.problems import Refusal, RefusalKind
from schemas.vouchers import Origin, State, Step, Voucher
from tests.builders import (
    ACCOUNTANT,
    AT,
    BOOK,
    ON,
    REVIEWER,
    a_book,
    close,
    post,
    posted,
    refused,
    reversed_,
    review,
)

PARTIES = "饲草设备 牛舍 土地经营权 母牛 折旧费 Q2501 C001"


def a_card(code: str, cost: str, months: int, since: str, **given: object) -> NewCard:
    """A card on 151 whose detail is its code, written off to 523 折旧费 unless said otherwise."""
    account = str(given.pop("account", "151"))
    expense, _, detail = str(given.pop("expense", "523/折旧费")).partition("/")
    for amount in ("residual", "taken"):
        if amount in given:
            given[amount] = fen_from_yuan(str(given[amount]))
    return NewCard(
        code=code,
        name=code,
        account=account,
        detail=str(given.pop("detail", code)),
        cost=fen_from_yuan(cost),
        life_months=months,
        in_use_since=date.fromisoformat(since),
        expense_account=expense,
        expense_detail=detail,
        **given,  # type: ignore[arg-type]
    )


CUTTERS = a_card("饲草设备", "34750.00", 60, "2025-01-24", residual="1737.50")
BARN = a_card("牛舍", "138600.00", 120, "2025-02-26", residual="6930.00", expense="141/Q2501")


def add(db: Connection, *cards: NewCard) -> tuple[Card, ...]:
    return actions.add_cards(db, cards, book=BOOK, by=ACCOUNTANT, on=ON, at=AT)


def draft(db: Connection, period: int, **given: date) -> Voucher | None:
    return actions.draft_month(db, book=BOOK, period=period, by=ACCOUNTANT, on=ON, at=AT, **given)


def drafted(db: Connection, period: int) -> Voucher:
    voucher = draft(db, period)
    assert voucher is not None
    return voucher


def charged(db: Connection) -> list[tuple[str, int, int, bool, bool]]:
    """Card, month, attempt, whether it is posted, whether it holds."""
    return [
        (charge.card, charge.period, charge.attempt, charge.posted, charge.holds)
        for charge in queries.charges(db, book=BOOK)
    ]


def test_a_month_is_drafted_reviewed_and_posted_like_any_voucher(db: Connection) -> None:
    a_book(db, parties=PARTIES)
    post(db, "2025-01-24 购入设备 | 151/饲草设备 34750.00 | cr 211/C001 34750.00")
    add(db, CUTTERS, BARN)
    assert draft(db, 202501) is None
    voucher = drafted(db, 202502)
    assert (voucher.origin, voucher.state, voucher.date, voucher.prepared_by) == (
        Origin.PLAN,
        State.DRAFT,
        date(2025, 2, 28),
        ACCOUNTANT,
    )
    assert charged(db) == [("饲草设备", 202502, 1, False, True)]
    posted(db, review(db, voucher))
    assert charged(db) == [("饲草设备", 202502, 1, True, True)]
    march = posted(db, review(db, drafted(db, 202503)))
    assert [(line.account, line.detail, line.debit, line.credit) for line in march.lines] == [
        ("141", "Q2501", 109725, 0),
        ("523", "折旧费", 55021, 0),
        ("152", "牛舍", 0, 109725),
        ("152", "饲草设备", 0, 55021),
    ]
    assert balance_of(db, book=BOOK, account="152", detail="饲草设备", until=202503) == -110042


def test_a_year_books_to_the_fen_what_the_packs_accountant_booked(db: Connection) -> None:
    a_book(db, parties=PARTIES)
    add(
        db,
        CUTTERS,
        BARN,
        a_card(
            "土地经营权",
            "72000.00",
            96,
            "2025-02-25",
            account="161",
            expense="141/Q2501",
            first_month=202501,
            rhythm=Rhythm.YEARLY,
        ),
    )
    for month in range(202502, 202513):
        posted(db, review(db, drafted(db, month)))
    assert {
        detail: -balance_of(db, book=BOOK, account=account, detail=detail, until=202512)
        for account, detail in (("152", "饲草设备"), ("152", "牛舍"), ("162", "土地经营权"))
    } == {"饲草设备": 605229, "牛舍": 1097250, "土地经营权": 900000}


def test_each_month_of_each_card_is_drafted_exactly_once(db: Connection) -> None:
    a_book(db, parties=PARTIES)
    add(db, CUTTERS)
    first = drafted(db, 202502)
    before = log.head(db, book=BOOK)
    assert draft(db, 202502) is None
    assert log.head(db, book=BOOK) == before
    # another card due in the same month comes by itself
    add(db, a_card("牛舍", "1200.00", 12, "2025-01-05"))
    second = drafted(db, 202502)
    assert {line.detail for line in second.lines if line.credit} == {"牛舍"}
    assert draft(db, 202502) is None
    with pytest.raises(IntegrityError), db.begin_nested():
        db.execute(
            text(
                "INSERT INTO asset_charge (book_id, code, period, attempt, amount, voucher_id) "
                "SELECT book_id, code, period, attempt, amount, :voucher FROM asset_charge WHERE voucher_id = :first"
            ),
            {"voucher": second.id, "first": first.id},
        )


def test_months_missed_are_made_up_for_in_one_voucher(db: Connection) -> None:
    a_book(db, parties=PARTIES)
    add(db, CUTTERS)
    voucher = drafted(db, 202504)
    assert [(line.summary, line.debit or line.credit) for line in voucher.lines] == [
        ("计提2—4月折旧", 165063),
        ("计提2—4月折旧", 165063),
    ]
    assert [period for _, period, *_ in charged(db)] == [202502, 202503, 202504]
    assert draft(db, 202503) is None


def test_a_withdrawn_or_cancelled_plan_voucher_makes_its_months_due_again(db: Connection) -> None:
    a_book(db, parties=PARTIES)
    add(db, CUTTERS)
    one = drafted(db, 202502)
    vouchers.withdraw_many(db, [Step(voucher=one.id)], book=BOOK, by=ACCOUNTANT, at=AT, reason="错")
    two = posted(db, review(db, drafted(db, 202502)))
    assert draft(db, 202502) is None
    reversed_(db, two)
    three = drafted(db, 202502)
    assert charged(db) == [
        ("饲草设备", 202502, 1, False, False),
        ("饲草设备", 202502, 2, True, False),
        ("饲草设备", 202502, 3, False, True),
    ]
    assert [charge.voucher for charge in queries.charges(db, book=BOOK)] == [one.id, two.id, three.id]


def test_a_closed_month_is_made_up_for_in_an_open_one(db: Connection) -> None:
    a_book(db, parties=PARTIES)
    add(db, CUTTERS)
    close(db, 202501, 202502)
    with pytest.raises(Refusal) as refusal:
        draft(db, 202502)
    assert refused(refusal.value) == ["period_must_be_open"]
    assert charged(db) == []
    late = draft(db, 202502, dated=date(2025, 3, 5))
    assert late is not None
    assert (late.date, late.lines[0].summary) == (date(2025, 3, 5), "计提2月折旧")


def test_a_card_goes_on_from_what_was_written_off_before_the_books_began(db: Connection) -> None:
    a_book(
        db,
        parties=f"{PARTIES} 财政补助",
        openings="151/饲草设备 68800.00 | cr 152/饲草设备 11982.67 | cr 311/财政补助 56817.33",
    )
    add(
        db,
        a_card(
            "饲草设备",
            "68800.00",
            60,
            "2024-01-15",
            residual="3440.00",
            taken="11982.67",
            taken_until=202412,
        ),
    )
    january = posted(db, review(db, drafted(db, 202501)))
    assert january.lines[0].debit == 108933
    assert balance_of(db, book=BOOK, account="152", detail="饲草设备", until=202501) == -1307200


@pytest.mark.parametrize(
    ("card", "found"),
    [
        (a_card("没有", "1.00", 1, "2025-01-01"), ["/0/detail detail_must_be_known"] * 1),
        (
            a_card("饲草设备", "1.00", 1, "2025-01-01", expense="141"),
            ["/0/expense_detail detail_must_be_given"],
        ),
        (
            a_card("饲草设备", "1.00", 1, "2025-01-01", expense="523/C001"),
            ["/0/expense_detail detail_must_fit_account"],
        ),
        (
            a_card("饲草设备", "1.00", 1, "2025-01-01", expense="999"),
            ["/0/expense_account account_must_exist"],
        ),
        (
            a_card("饲草设备", "1.00", 1, "2025-01-01", account="102", expense="102"),
            ["/0/account card_must_stand_on_an_asset", "/0/expense_account expense_must_be_a_cost"],
        ),
    ],
)
def test_a_card_whose_voucher_could_not_be_posted_is_refused(
    db: Connection, card: NewCard, found: list[str]
) -> None:
    a_book(db, parties=PARTIES)
    with pytest.raises(Refusal) as refusal:
        add(db, card)
    assert sorted({f"{p.pointer} {p.code}" for p in refusal.value.problems}) == sorted(found)
    assert queries.cards(db, book=BOOK) == ()


def test_cards_are_added_all_or_none(db: Connection) -> None:
    a_book(db, parties=PARTIES)
    with pytest.raises(Refusal) as refusal:
        add(db, CUTTERS, BARN, CUTTERS)
    assert [f"{p.pointer} {p.code}" for p in refusal.value.problems] == ["/2/code card_must_be_new"]
    add(db, CUTTERS)
    with pytest.raises(Refusal):
        add(db, BARN, CUTTERS)
    assert [card.code for card in queries.cards(db, book=BOOK)] == ["饲草设备"]
    assert add(db) == ()


def test_a_changed_estimate_is_logged_and_works_from_its_month_on(db: Connection) -> None:
    a_book(db, parties=PARTIES)
    add(db, CUTTERS)
    drafted(db, 202502)
    new = Terms(
        from_month=202503,
        cost=3475000,
        residual=173750,
        life_months=60,
        expense_account="141",
        expense_detail="Q2501",
        reason="设备转用于育肥",
    )
    changed = actions.change_terms(db, book=BOOK, code="饲草设备", terms=new, by=ACCOUNTANT, on=ON, at=AT)
    assert queries.cards(db, book=BOOK) == (changed,)
    march = drafted(db, 202503)
    assert [(line.account, line.detail, line.debit) for line in march.lines if line.debit] == [
        ("141", "Q2501", 55021)
    ]
    (entry,) = log.entries(db, book=BOOK, act="asset.terms")
    assert (entry.before, entry.after) == (
        "2025-02 34750.00 1737.50 60 523 折旧费",
        "2025-03 34750.00 1737.50 60 141 Q2501 设备转用于育肥",
    )
    for code, month, account, problem in (
        ("饲草设备", 202503, "141", "terms_must_lie_ahead"),
        ("饲草设备", 202504, "999", "account_must_exist"),
        ("没有", 202504, "141", "card_must_exist"),
    ):
        with pytest.raises(Refusal) as refusal:
            actions.change_terms(
                db,
                book=BOOK,
                code=code,
                terms=Terms(
                    from_month=month,
                    cost=3475000,
                    residual=0,
                    life_months=60,
                    expense_account=account,
                    expense_detail="Q2501",
                    reason="x",
                ),
                by=ACCOUNTANT,
                on=ON,
                at=AT,
            )
        assert refused(refusal.value) == [problem]


def test_an_asset_that_goes_is_written_off_to_its_last_month_and_may_come_back(db: Connection) -> None:
    a_book(db, parties=PARTIES)
    add(db, CUTTERS)

    def dispose(day: str, reason: str = "出售") -> Card:
        return actions.dispose(
            db,
            book=BOOK,
            code="饲草设备",
            day=date.fromisoformat(day),
            reason=reason,
            by=ACCOUNTANT,
            on=ON,
            at=AT,
        )

    drafted(db, 202503)
    with pytest.raises(Refusal) as refusal:
        dispose("2025-02-20")
    assert (refused(refusal.value), refusal.value.kind) == (
        ["going_must_not_undo_charges"],
        RefusalKind.STATE,
    )
    dispose("2025-04-20")
    assert [c.disposed_on for c in queries.cards(db, book=BOOK)] == [date(2025, 4, 20)]
    drafted(db, 202506)
    assert [period for _, period, *_ in charged(db)] == [202502, 202503, 202504]
    with pytest.raises(Refusal) as refusal:
        dispose("2025-06-20")
    assert refused(refusal.value) == ["card_must_be_in_use"]
    actions.put_back(db, book=BOOK, code="饲草设备", reason="未成交", by=ACCOUNTANT, at=AT)
    with pytest.raises(Refusal) as refusal:
        actions.put_back(db, book=BOOK, code="饲草设备", reason="", by=ACCOUNTANT, at=AT)
    assert refused(refusal.value) == ["card_must_have_gone", "reason_must_be_given"]
    drafted(db, 202506)
    assert [period for _, period, *_ in charged(db)][-2:] == [202505, 202506]
    assert [entry.act for entry in log.entries(db, book=BOOK, act="asset.")][-4:] == [
        "asset.dispose",
        "asset.plan",
        "asset.put_back",
        "asset.plan",
    ]


def test_no_month_is_drafted_that_is_no_month(db: Connection) -> None:
    a_book(db)
    with pytest.raises(Refusal) as refusal:
        draft(db, 202513)
    assert refused(refusal.value) == ["month_must_be_a_month"]


def test_a_collectives_breeding_cow_is_depreciated_on_its_own_accounts(db: Connection) -> None:
    a_book(db, standard="collective-2023", parties=PARTIES)
    add(db, a_card("母牛", "9600.00", 96, "2025-02-10", account="132", expense="511"))
    voucher = posted(db, review(db, drafted(db, 202503)))
    assert [(line.account, line.detail) for line in voucher.lines] == [("511", ""), ("133", "母牛")]
    periods.close_month(db, book=BOOK, period=202501, by=ACCOUNTANT, reviewed_by=REVIEWER, on=ON, at=AT)


def test_two_who_draft_the_same_month_at_once_draft_it_once(database: Engine) -> None:
    with database.begin() as db:
        a_book(db, parties=PARTIES)
        add(db, CUTTERS)
    start, made = Barrier(2), []

    def draft_it() -> None:
        start.wait(timeout=30)
        with database.begin() as db:
            made.append(draft(db, 202502))

    threads = [Thread(target=draft_it) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(voucher is None for voucher in made) == [False, True]
    with database.connect() as db:
        assert charged(db) == [("饲草设备", 202502, 1, False, True)]
