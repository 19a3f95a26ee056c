"""Having beancount read a book: a program of its own, fed with text and asked for sums.

beancount is GPL-2.0-only and is never imported by the service. The few lines below run in a Python of their own
that has beancount and nothing of ours; what goes in is text, what comes back is JSON. The collector is off there: a
load makes many objects and frees none, and takes two thirds of the time without it.
"""

import subprocess
import sys
from collections.abc import Iterable
from decimal import Decimal
from tempfile import TemporaryFile

import msgspec

from schemas.problems import Fault, Refusal, RefusalKind
from schemas.proof import Loaded, LoadError
from schemas.units import Fen

beancount_must_run = Fault(
    code="beancount_must_run",
    says="beancount did not run: {reason}.",
    remedy="Install it beside the service (the extra named proof), then check again.",
)

PROGRAM = """
import gc
gc.disable()
import json, sys
from collections import defaultdict
from decimal import Decimal
from beancount import loader
from beancount.core.data import Transaction
entries, errors, _ = loader.load_string(sys.stdin.read())
sums, count = defaultdict(Decimal), 0
for entry in entries:
    if isinstance(entry, Transaction):
        count += 1
        for posting in entry.postings:
            sums[posting.account] += posting.units.number
json.dump(
    {
        "transactions": count,
        "balances": {account: f"{amount:f}" for account, amount in sums.items()},
        "errors": [
            {"kind": type(error).__name__, "line": error.source.get("lineno", 0), "says": error.message}
            for error in errors
        ],
    },
    sys.stdout,
)
"""


class _Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    transactions: int
    balances: dict[str, str]
    errors: tuple[LoadError, ...]


_answer = msgspec.json.Decoder(_Answer)


def loaded_by_beancount(text: Iterable[str], *, program: str = PROGRAM) -> Loaded:
    """What beancount makes of a book's text: the sum of every account, exact to the fen, and every error.

    Refused where beancount is not installed or dies; then nothing is proved.
    """
    with TemporaryFile() as handed_over:
        for piece in text:
            handed_over.write(piece.encode())
        handed_over.seek(0)
        ran = subprocess.run(  # noqa: S603  our own text, no shell, no argument from outside
            [sys.executable, "-I", "-X", "utf8", "-c", program],
            stdin=handed_over,
            capture_output=True,
            check=False,
        )
    if ran.returncode != 0:
        last = ran.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        reason = last or f"exit status {ran.returncode}"
        raise Refusal(beancount_must_run.at(reason=reason), kind=RefusalKind.STATE)
    read = _answer.decode(ran.stdout)
    return Loaded(
        transactions=read.transactions,
        balances={account: _fen(amount) for account, amount in read.balances.items()},
        errors=read.errors,
    )


def _fen(amount: str) -> Fen:
    """A sum in yuan as fen; sums may be greater than any amount a line may have."""
    fen = Decimal(amount) * 100
    assert fen == int(fen), "every amount of the text has two decimals, so every sum has"
    return int(fen)
