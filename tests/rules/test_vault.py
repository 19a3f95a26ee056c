"""A sealed number opens with its key, for its owner, unchanged; anything else is refused and named."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coop.identity import written
from coop.vault.rules import Vault, VaultKey, digest, keys_in, line_of, seal, unseal, vault_key
from schemas.identity import IdentityKind, Sealed
from schemas.problems import Refusal, RefusalKind

FIRST, SECOND = vault_key(b"1" * 32), vault_key(b"2" * 32)
CITIZEN, PHONE, FACTOR = IdentityKind.CITIZEN, IdentityKind.PHONE, IdentityKind.FACTOR
NUMBER = "450000197001010012"


def a_vault(*keys: VaultKey) -> Vault:
    nonces = itertools.count()
    return Vault(keys, draw=lambda length: next(nonces).to_bytes(length, "big"))


def code_of(refused: pytest.ExceptionInfo[Refusal]) -> str:
    (problem,) = refused.value.problems
    return problem.code


@given(st.text(), st.sampled_from(IdentityKind), st.text())
def test_whatever_is_sealed_opens_again_for_its_owner(text: str, kind: IdentityKind, owner: str) -> None:
    vault = a_vault(FIRST)
    sealed = seal(vault, text, kind, owner=owner)
    assert unseal(vault, sealed, owner=owner) == written(text, kind)


def test_a_sealed_number_shows_its_mask_and_not_itself() -> None:
    sealed = seal(a_vault(FIRST), NUMBER, CITIZEN, owner="member:qs:M0001")
    assert sealed.masked == "450000********0012"
    assert NUMBER.encode() not in sealed.cipher
    assert "19700101" not in repr(sealed)


def test_one_number_sealed_twice_has_two_ciphers_and_one_digest() -> None:
    vault = a_vault(FIRST)
    one, other = seal(vault, NUMBER, CITIZEN), seal(vault, " 450000 19700101 0012", CITIZEN)
    assert one.cipher != other.cipher
    assert one.digest == other.digest == digest(vault, NUMBER, CITIZEN)


def test_a_digest_belongs_to_one_kind_and_one_key() -> None:
    assert digest(a_vault(FIRST), "13912341234", PHONE) != digest(a_vault(FIRST), "13912341234", CITIZEN)
    assert digest(a_vault(FIRST), NUMBER, CITIZEN) != digest(a_vault(SECOND), NUMBER, CITIZEN)


def test_the_key_of_a_second_factor_has_neither_mask_nor_digest() -> None:
    sealed = seal(a_vault(FIRST), "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", FACTOR)
    assert (sealed.masked, sealed.digest) == ("****", "")


@pytest.mark.parametrize("where", [0, 11, 12, 29, -1])
def test_a_changed_byte_is_found(where: int) -> None:
    sealed = seal(a_vault(FIRST), NUMBER, CITIZEN)
    cipher = bytearray(sealed.cipher)
    cipher[where] ^= 1
    changed = Sealed(
        kind=sealed.kind,
        cipher=bytes(cipher),
        key_id=sealed.key_id,
        digest=sealed.digest,
        masked=sealed.masked,
    )
    with pytest.raises(Refusal) as refused:
        unseal(a_vault(FIRST), changed)
    assert code_of(refused) == "sealed_value_must_open"


def test_a_number_moved_to_another_persons_row_does_not_open() -> None:
    sealed = seal(a_vault(FIRST), NUMBER, CITIZEN, owner="member:qs:M0001")
    with pytest.raises(Refusal) as refused:
        unseal(a_vault(FIRST), sealed, owner="member:qs:M0002")
    assert code_of(refused) == "sealed_value_must_open"


def test_without_its_key_a_number_stays_unreadable_and_the_refusal_names_the_key() -> None:
    sealed = seal(a_vault(FIRST), NUMBER, CITIZEN)
    for without in (a_vault(), a_vault(SECOND)):
        with pytest.raises(Refusal) as refused:
            unseal(without, sealed)
        assert code_of(refused) == "vault_must_have_its_key"
        assert refused.value.kind is RefusalKind.STATE
        assert FIRST.id in str(refused.value)


def test_a_shut_vault_seals_nothing() -> None:
    for act in (lambda: seal(a_vault(), NUMBER, CITIZEN), lambda: digest(a_vault(), NUMBER, CITIZEN)):
        with pytest.raises(Refusal) as refused:
            act()
        assert code_of(refused) == "vault_must_have_its_key"


def test_after_a_change_of_keys_the_new_one_seals_the_old_one_still_opens_and_digests_stay() -> None:
    before = seal(a_vault(FIRST), NUMBER, CITIZEN)
    changed = a_vault(FIRST, SECOND)
    after = seal(changed, NUMBER, CITIZEN)
    assert (before.key_id, after.key_id) == (FIRST.id, SECOND.id)
    assert before.digest == after.digest
    assert unseal(changed, before) == unseal(changed, after) == NUMBER


def test_a_key_file_is_read_back_as_it_was_written() -> None:
    keys = keys_in("# made 2026-01-15\n\n" + line_of(FIRST) + line_of(SECOND))
    assert [key.id for key in keys] == [FIRST.id, SECOND.id]
    assert [key.key for key in keys] == [FIRST.key, SECOND.key]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "1"),
        ("# nothing\n", "1"),
        (line_of(FIRST) + "zz\n", "2"),
        (line_of(FIRST)[:-3] + "\n", "1"),
        (line_of(FIRST).replace("31", "32", 1), "1"),  # a changed digit: the name does not fit the key
    ],
)
def test_a_damaged_key_file_is_not_taken_for_an_empty_one(text: str, line: str) -> None:
    with pytest.raises(Refusal) as refused:
        keys_in(text)
    assert code_of(refused) == "key_file_must_be_readable"
    assert f"Line {line} " in str(refused.value)


def test_neither_key_nor_vault_shows_its_bytes() -> None:
    shown = repr(FIRST) + repr(a_vault(FIRST)) + repr(a_vault())
    assert FIRST.key.hex() not in shown
    assert "111" not in shown
