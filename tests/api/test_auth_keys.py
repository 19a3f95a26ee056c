"""The key file is made once, for its owner alone; a lost one is noticed and never silently replaced. The codes of the
second factor are those of RFC 6238."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection

from coop.vault import queries
from coop.vault.rules import seal, unseal
from ledger.log import actions as log
from ledger.log import queries as logged
from schemas.identity import IdentityKind
from schemas.problems import Refusal
from tests.builders import a_house
from tests.people import AT
from web.auth import totp, words
from web.auth.keys import Keys

NUMBER, CITIZEN = "450000197001010012", IdentityKind.CITIZEN


@pytest.fixture
def house(db: Connection) -> Connection:
    a_house(db)
    return db


def test_the_first_start_makes_a_key_that_only_its_owner_reads(house: Connection, tmp_path: Path) -> None:
    file = tmp_path / "apart" / "identity.key"
    vault = Keys(file).ready(house, at=AT)
    assert vault.is_open
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert re.fullmatch(r"[0-9a-f]{8} [0-9a-f]{64}\n", file.read_text())
    assert queries.known_keys(house) == set(vault.keys)
    (entry,) = logged.entries(house, book=log.HOUSE, act="vault.key")
    assert entry.subject == f"vault-key:{next(iter(vault.keys))}"
    assert file.read_text().split()[1] not in str(entry)


def test_the_second_start_opens_the_same_vault(house: Connection, tmp_path: Path) -> None:
    sealed = seal(Keys(tmp_path / "key").ready(house, at=AT), NUMBER, CITIZEN)
    again = Keys(tmp_path / "key").ready(house, at=AT)
    assert unseal(again, sealed) == NUMBER
    assert len(logged.entries(house, book=log.HOUSE, act="vault.key")) == 1


def test_a_lost_key_file_is_named_and_not_replaced(house: Connection, tmp_path: Path) -> None:
    file = tmp_path / "key"
    vault = Keys(file).ready(house, at=AT)
    sealed = seal(vault, NUMBER, CITIZEN)
    file.unlink()
    keys = Keys(file)
    shut = keys.ready(house, at=AT)
    assert not shut.is_open
    assert not file.exists()
    assert keys.missing(house) == tuple(vault.keys)
    with pytest.raises(Refusal, match=sealed.key_id):
        unseal(shut, sealed)


def test_after_a_loss_the_operator_begins_with_a_new_key(house: Connection, tmp_path: Path) -> None:
    file = tmp_path / "key"
    old = Keys(file).ready(house, at=AT)
    lost = seal(old, NUMBER, CITIZEN)
    file.unlink()
    keys = Keys(file)
    keys.ready(house, at=AT)
    new = keys.renew(house, at=AT)
    assert unseal(new, seal(new, NUMBER, CITIZEN)) == NUMBER
    assert keys.missing(house) == tuple(old.keys)
    with pytest.raises(Refusal):
        unseal(new, lost)


def test_a_renewed_key_seals_and_the_old_one_still_opens(house: Connection, tmp_path: Path) -> None:
    keys = Keys(tmp_path / "key")
    before = seal(keys.ready(house, at=AT), NUMBER, CITIZEN)
    vault = keys.renew(house, at=AT)
    assert unseal(vault, before) == NUMBER
    assert seal(vault, NUMBER, CITIZEN).key_id != before.key_id
    assert len(queries.known_keys(house)) == 2
    assert keys.missing(house) == ()


def test_a_damaged_key_file_stops_the_start(house: Connection, tmp_path: Path) -> None:
    file = tmp_path / "key"
    Keys(file).ready(house, at=AT)
    file.write_text(file.read_text()[:-9])
    with pytest.raises(Refusal, match="Line 1 of the key file is no key"):
        Keys(file).ready(house, at=AT)


def test_what_is_in_the_database_does_not_open_without_the_file(house: Connection, tmp_path: Path) -> None:
    keys = Keys(tmp_path / "key")
    keys.ready(house, at=AT)
    key = (tmp_path / "key").read_text().split()[1]
    dump = " ".join(
        str(row)
        for table in ("vault_key", "log_entry")
        for row in house.exec_driver_sql(f"SELECT * FROM {table}")
    )
    assert key not in dump


# The second factor: RFC 6238, appendix B, the SHA-1 row of its key "12345678901234567890", last six digits

RFC_KEY = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert totp.code_at(RFC_KEY, at) == code
    assert totp.step_of(RFC_KEY, f" {code[:3]} {code[3:]} ", at=at) == seconds // 30


@pytest.mark.parametrize(
    ("later", "taken"), [(-31, False), (-1, True), (0, True), (29, True), (59, True), (60, False)]
)
def test_a_clock_may_be_a_step_off(later: int, taken: bool) -> None:
    """050471 is the code of the half minute that begins at 1111111110."""
    at = datetime.fromtimestamp(1111111110 + later, UTC)
    assert (totp.step_of(RFC_KEY, "050471", at=at) is not None) is taken


@pytest.mark.parametrize("code", ["", "05047", "0504711", "05047a", "٠٥٠٤٧١", "-50471"])
def test_what_is_no_code_is_not_taken(code: str) -> None:
    assert totp.step_of(RFC_KEY, code, at=datetime.fromtimestamp(1111111111, UTC)) is None


def test_a_used_step_is_not_taken_again() -> None:
    at = datetime.fromtimestamp(1111111111, UTC)
    assert totp.step_of(RFC_KEY, "050471", at=at, after=37037037) is None


def test_an_authenticator_reads_the_address() -> None:
    assert (
        totp.address(RFC_KEY, login="officer")
        == f"otpauth://totp/%E8%81%94%E5%BB%BA:officer?secret={RFC_KEY}&issuer=%E8%81%94%E5%BB%BA"
    )
    assert totp.is_key(totp.new_key())
    assert not totp.is_key("short")


# Words


def test_secrets_are_long_and_never_the_same() -> None:
    assert len({words.session_secret() for _ in range(100)}) == 100
    assert len(words.session_secret()) >= 43
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}", words.set_up_code())
    codes = words.recovery_codes()
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", code) for code in codes)


@pytest.mark.parametrize("written", ["7ZK4-0QW1", "7zk4 0qw1", " 7ZK40QW1", "7ZK4-OQWI", "7zk4-oqwl"])
def test_a_code_is_read_however_it_was_written(written: str) -> None:
    assert words.digest_of_code(written) == words.digest_of_code("7ZK40QW1")
