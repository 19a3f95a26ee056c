"""An event begins a voucher that can be finished by hand: its accounts exist, and no register keeps them."""

import pytest

from ledger.charts import standard
from ledger.events import events, faults_in
from schemas.charts import DetailUse, Side
from schemas.events import Event, EventLine

STANDARDS = ("coop-2021", "collective-2023")


@pytest.mark.parametrize("standard_id", STANDARDS)
def test_every_event_can_be_posted_by_hand(standard_id: str) -> None:
    found = events(standard_id)
    assert found
    assert faults_in(found, standard=standard(standard_id)) == ()


@pytest.mark.parametrize("standard_id", STANDARDS)
def test_every_event_has_two_lines_with_a_summary(standard_id: str) -> None:
    for event in events(standard_id):
        assert len(event.lines) >= 2, event.id
        assert all(line.summary for line in event.lines), event.id


@pytest.mark.parametrize("standard_id", STANDARDS)
def test_what_an_event_names_fits_its_account(standard_id: str) -> None:
    accounts = standard(standard_id).accounts
    for event in events(standard_id):
        for line in event.lines:
            account = accounts[line.account]
            movements = (*account.increase, *account.decrease, *account.within)
            assert (line.movement is not None) == bool(movements), event.id
            assert line.movement is None or line.movement in movements, event.id
            if line.detail:
                assert account.detail is not DetailUse.NONE, event.id
                assert not account.names or line.detail in account.names, event.id


def test_bank_interest_is_red_on_its_own_side() -> None:
    interest = next(event for event in events("coop-2021") if event.id == "bank-interest")
    assert [(line.account, line.side) for line in interest.lines] == [
        ("102", Side.DEBIT),
        ("524", Side.DEBIT),
    ]


@pytest.mark.parametrize("account", ["999", "301", "331"])
def test_an_event_nobody_could_post_is_found(account: str) -> None:
    event = Event(
        id="x", group="other", zh="甲", en="x", lines=(EventLine(account=account, side=Side.DEBIT),)
    )
    (problem,) = faults_in((event,), standard=standard("coop-2021"))
    assert problem.figures["account"] == account


def test_a_standard_nobody_wrote_events_for_has_none() -> None:
    assert events("unheard-of") == ()
