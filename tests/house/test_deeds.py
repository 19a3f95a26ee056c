"""docs/deeds.md says what the code says: who may do what, and which duties are kept apart."""

from collections.abc import Callable
from pathlib import Path

from coop.access import rules
from tests.house.reading import ROOT

BEGINS = """# Who may do what

Printed from `coop/access/rules.py`, the one table of roles and deeds; a test compares it, and writes it with
`pytest tests/house/test_deeds.py --renew`. Each route of pages and API, and each command, names one of these deeds.

A role is given for one book, for the books of a place (the beginning of its code: village, township, county), or
for the house. On one book all roles of a person fit one duty; of two duties they are refused, and the database
refuses them too. A role that needs consent is proposed by an administrator and in force when a second person,
neither the proposer nor the holder, consents: the chair, the township officer, or another administrator. A login
renewed by a set-up code waits for these consents again. Nobody reviews a voucher of his own, whatever his roles.

"""


def test_the_printed_table_is_the_one_in_the_code(golden: Callable[[Path, str], None]) -> None:
    golden(ROOT / "docs" / "deeds.md", BEGINS + rules.printed_table())
