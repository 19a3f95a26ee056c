"""What must be true of a book that nobody changed behind the service's back, and how each change is named.

The log says what every act left behind: for a voucher, the digest of all it says; for a month's close, the head of
the chain; for opening balances, the digest of the list. Somebody who raises a line of 记-0003 from 49.11 to 94.11 in
the database, with both sides changed so that it still balances, is found three times: the voucher is not the one
sealed at its posting, the balances of 102 and 524 in March are not what the lines add up to, and beancount, adding
the whole book up again, disagrees with the balances kept.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

import msgspec

from ledger.balances.rules import Key, Turnover
from ledger.details.rules import added_text
from ledger.evidence.rules import ATTACHED
from ledger.keys.rules import KEPT, Answered
from ledger.people.rules import KNOWN, known_text, sealed_person
from ledger.periods.rules import check_of_numbers, month_text
from ledger.seal import rules as seal
from ledger.seal.rules import OpeningLine
from ledger.vouchers.rules import number_text, totals
from schemas.books import Book, Detail
from schemas.charts import KeptBy
from schemas.log import ChainHead, LogEntry
from schemas.periods import PeriodStatus, Seal
from schemas.problems import Fault, Problem
from schemas.proof import Loaded
from schemas.units import BookId, Fen, Period, PersonId, Value, VoucherId
from schemas.vouchers import CorrectionKind, NumberGap, State, Voucher, Word

_CHANGED = "Somebody changed it behind the service's back; compare with a backup."
_ADDED = "Somebody added it behind the service's back; compare with a backup."
_REMOVED = "Somebody removed it behind the service's back; restore it from a backup."

voucher_must_be_readable = Fault(
    code="voucher_must_be_readable",
    says="Book {book}: voucher {voucher} holds something no voucher can hold: {reason}.",
    remedy=_CHANGED,
)
voucher_must_be_as_sealed = Fault(
    code="voucher_must_be_as_sealed",
    says="Book {book}: voucher {voucher} of {date} is not what log entry {seq} sealed as {sealed}.",
    remedy=_CHANGED,
)
voucher_must_agree_with_itself = Fault(
    code="voucher_must_agree_with_itself",
    says="Book {book}: voucher {voucher} of {date} says one year and is numbered in another, or cancels what it does not correct.",
    remedy=_CHANGED,
)
voucher_must_be_as_reviewed = Fault(
    code="voucher_must_be_as_reviewed",
    says="Book {book}: voucher {voucher} of {date} was changed between its review and its posting.",
    remedy=_CHANGED,
)
voucher_must_be_in_the_log = Fault(
    code="voucher_must_be_in_the_log",
    says="Book {book}: voucher {voucher} of {date} is {state}, but the log knows of no such act.",
    remedy=_ADDED,
)
voucher_must_be_there = Fault(
    code="voucher_must_be_there",
    says="Book {book}: voucher {voucher}, sealed as {sealed} by log entry {seq}, is missing.",
    remedy=_REMOVED,
)
posted_voucher_must_balance = Fault(
    code="posted_voucher_must_balance",
    says="Book {book}: debits {debit} and credits {credit} of voucher {voucher} differ.",
    remedy=_CHANGED,
)
posting_must_be_of_a_posted_voucher = Fault(
    code="posting_must_be_of_a_posted_voucher",
    says="Book {book}: voucher {voucher} is {state}, yet it has {lines} posted lines.",
    remedy=_ADDED,
)
debits_must_equal_credits = Fault(
    code="debits_must_equal_credits",
    says="Book {book}: debits {debit} and credits {credit} posted in {period} differ.",
    remedy=_CHANGED,
)
openings_must_be_as_sealed = Fault(
    code="openings_must_be_as_sealed",
    says="Book {book}: the opening balances of {year} are not those the log sealed.",
    remedy=_CHANGED,
)
period_must_be_as_sealed = Fault(
    code="period_must_be_as_sealed",
    says="Book {book}: {period} is kept as {status} (entry {seq}), which is not what the log says of it.",
    remedy=_CHANGED,
)
period_must_be_there = Fault(
    code="period_must_be_there",
    says="Book {book}: what log entry {seq} did to {period} is missing from the periods.",
    remedy=_REMOVED,
)
series_must_end_at_its_last_number = Fault(
    code="series_must_end_at_its_last_number",
    says="Book {book}: the series {word} of {year} is kept as ended at {kept}; its last number is {found}.",
    remedy=_CHANGED,
)
gap_must_be_as_confirmed = Fault(
    code="gap_must_be_as_confirmed",
    says="Book {book}: the known gap {number} of {year} is not what the log says was confirmed.",
    remedy=_CHANGED,
)
signature_must_be_as_logged = Fault(
    code="signature_must_be_as_logged",
    says="Book {book}: the cashier's signature on voucher {voucher} is not what the log says.",
    remedy=_CHANGED,
)
book_must_be_as_opened = Fault(
    code="book_must_be_as_opened",
    says="Book {book} is not the one the log says was opened.",
    remedy=_CHANGED,
)
account_must_be_as_added = Fault(
    code="account_must_be_as_added",
    says="Book {book}: account {account} is not as the chart and the log have it.",
    remedy=_CHANGED,
)
detail_must_be_as_added = Fault(
    code="detail_must_be_as_added",
    says="Book {book}: detail {detail} is not as the log has it.",
    remedy=_CHANGED,
)
person_must_be_as_known = Fault(
    code="person_must_be_as_known",
    says="Person {person} is kept as {name}; log entry {seq} made them known as {sealed}.",
    remedy=_CHANGED,
)
person_must_be_in_the_log = Fault(
    code="person_must_be_in_the_log",
    says="Person {person}, kept as {name}, is known to nobody by the log.",
    remedy=_ADDED,
)
person_must_be_there = Fault(
    code="person_must_be_there",
    says="Person {person}, made known as {sealed} by log entry {seq}, is missing.",
    remedy=_REMOVED,
)
chain_must_end_at_its_head = Fault(
    code="chain_must_end_at_its_head",
    says="The head of book {book} is not the hash of its last log entry ({seq}), or counts other vouchers than it.",
    remedy=_CHANGED,
)
beancount_must_load = Fault(
    code="beancount_must_load",
    says="Book {book}: beancount refuses line {line} of the book's text: {reason}",
    remedy="Export the book to beancount and look at that line.",
)
beancount_must_agree = Fault(
    code="beancount_must_agree",
    says="Book {book}: beancount adds account {account} {detail} up to {found}, the book keeps {kept}.",
    remedy=_CHANGED,
)
beancount_must_count_the_vouchers = Fault(
    code="beancount_must_count_the_vouchers",
    says="Book {book}: beancount read {found} vouchers, the book has {kept}.",
    remedy="Export the book to beancount and look for what is missing.",
)


_CLOSING_ACTS = frozenset({"period.close", "year.seal"})
_PERIOD_ACTS = _CLOSING_ACTS | {"period.reopen", "year.reopen", "year.settle"}
"""The acts after which a period is another than before; asking for a close changes none."""


class SealedVoucher(Value):
    """What the log last said of a voucher: entry, act, when, what it became (of a posted one its number) and the
    digest; ``reviewed`` is the digest at its last review, empty for one that came reviewed."""

    seq: int
    verb: str
    at: str
    after: str
    digest: bytes
    reviewed: bytes = b""


class AccountAsKept(Value):
    """An account as its row has it, before anything is looked up in the chart."""

    name: str
    statutory: str
    parent: str
    open: bool


class LogSays:
    """What the log of one book says of everything that lies elsewhere; filled by reading the entries in order.
    ``answered`` are vouchers as they were answered; those no act left so stay ``unsaid``."""

    def __init__(self, answered: Iterable[Answered] = ()) -> None:
        self.unsaid = set(answered)
        self.keys: dict[str, str] = {}
        self.entries = 0
        self.hash = ""
        self.vouchers: dict[VoucherId, SealedVoucher] = {}
        self.openings: dict[int, str] = {}
        self.periods: dict[str, LogEntry] = {}
        self.gaps: set[tuple[str, str, PersonId]] = set()
        self.signatures: dict[str, PersonId] = {}
        self.accounts: dict[str, str] = {}
        self.details: dict[str, str] = {}
        self.open_accounts: dict[str, bool] = {}
        self.attachments: list[LogEntry] = []
        self.book = ""
        self.people: dict[PersonId, LogEntry] = {}

    def reading(self, entries: Iterable[LogEntry]) -> Iterator[LogEntry]:
        """The same entries, each noted on its way."""
        for entry in entries:
            self.entries, self.hash = self.entries + 1, entry.hash
            self._note(entry)
            yield entry

    def _note(self, entry: LogEntry) -> None:
        noun, _, verb = entry.act.partition(".")
        name = entry.subject.partition(":")[2]
        if noun == "voucher" and entry.content and name.isdecimal():
            self._note_voucher(entry, int(name), verb)
        elif entry.act == "voucher.sign":
            self.signatures[name] = entry.by
        elif entry.act == ATTACHED:
            self.attachments.append(entry)
        elif entry.act in _PERIOD_ACTS:
            self.periods[name] = entry
        elif entry.act == "book.openings" and name.isdecimal():
            self.openings[int(name)] = entry.content
        elif entry.act == "number.gap":
            self.gaps.add((name, entry.after, entry.by))
        elif entry.act == "account.add":
            self.accounts[name] = entry.after
        elif noun == "account":
            self.open_accounts[name] = verb == "open"
        elif entry.act == "detail.add":
            self.details[name] = entry.after
        elif entry.act == KEPT:
            self.keys[name] = entry.content
        elif entry.act == "book.open":
            self.book = entry.content
        elif entry.act == KNOWN and name.isdecimal():
            self.people[int(name)] = entry

    def _note_voucher(self, entry: LogEntry, voucher: VoucherId, verb: str) -> None:
        digest = bytes.fromhex(entry.content)
        self.unsaid.discard((voucher, digest))
        before = self.vouchers.get(voucher)
        reviewed = digest if verb == "review" else before.reviewed if before and verb == "post" else b""
        self.vouchers[voucher] = SealedVoucher(
            seq=entry.seq, verb=verb, at=entry.at, after=entry.after, digest=digest, reviewed=reviewed
        )


def faults_of_head(says: LogSays, head: ChainHead | None, *, book: BookId) -> Iterator[Problem]:
    """The head is the hash of the last entry and counts the vouchers the log made."""
    vouchers = max(says.vouchers, default=0)
    if head is None or (head.hash, head.vouchers) != (says.hash, vouchers):
        yield chain_must_end_at_its_head.at("/log", book=book, seq=says.entries)


def faults_of_voucher(
    voucher: Voucher, says: LogSays, *, posted_at: str | None, yuan: Callable[[Fen], str]
) -> Iterator[Problem]:
    """A voucher is what its last act sealed; a posted one balances and is what was reviewed. Takes the voucher off
    ``says``: what is left there in the end is missing from the book."""
    sealed = says.vouchers.pop(voucher.id, None)
    shown, where = _shown(voucher), f"/vouchers/{voucher.id}"
    book, state = voucher.book, voucher.state.value
    if sealed is None:
        yield voucher_must_be_in_the_log.at(where, book=book, voucher=shown, date=voucher.date, state=state)
    else:
        changed = seal.digest_of_voucher(voucher) != sealed.digest.hex() or (
            sealed.verb == "post" and posted_at != sealed.at
        )
        if changed or not _follows(voucher.state, sealed):
            yield voucher_must_be_as_sealed.at(
                where, book=book, voucher=shown, date=voucher.date, seq=sealed.seq, sealed=sealed.after
            )
        elif (
            sealed.reviewed and voucher.state is State.POSTED and _reviewed(voucher) != sealed.reviewed.hex()
        ):
            yield voucher_must_be_as_reviewed.at(where, book=book, voucher=shown, date=voucher.date)
    if voucher.state is State.POSTED:
        debit, credit = totals(voucher.lines)
        if debit != credit:
            yield posted_voucher_must_balance.at(
                where, book=book, voucher=shown, debit=yuan(debit), credit=yuan(credit)
            )


def faults_of_row(voucher: Voucher, *, year: int, cancels: VoucherId | None, lines: int) -> Iterator[Problem]:
    """What a voucher's row says twice agrees: the year of its number and its date, what it cancels and what it
    corrects; only a posted one has ``lines`` posted."""
    where, shown = f"/vouchers/{voucher.id}", _shown(voucher)
    red = voucher.corrects is not None and voucher.corrects.kind is CorrectionKind.RED
    posted = voucher.state is State.POSTED
    wanted = voucher.corrects.voucher if voucher.corrects is not None and red and posted else None
    if year != voucher.date.year or cancels != wanted:
        yield voucher_must_agree_with_itself.at(where, book=voucher.book, voucher=shown, date=voucher.date)
    if lines and not posted:
        yield posting_must_be_of_a_posted_voucher.at(
            where, book=voucher.book, voucher=shown, state=voucher.state.value, lines=lines
        )


def faults_of_missing_vouchers(says: LogSays, *, book: BookId) -> Iterator[Problem]:
    """What the log made and no row is left of, once every voucher was looked at."""
    for voucher, sealed in sorted(says.vouchers.items()):
        yield voucher_must_be_there.at(
            f"/vouchers/{voucher}", book=book, voucher=voucher, sealed=sealed.after, seq=sealed.seq
        )


def faults_of_openings(
    openings: Mapping[int, Iterable[OpeningLine]], says: LogSays, *, book: BookId
) -> Iterator[Problem]:
    """The opening balances are the list that was handed over."""
    nothing = seal.digest_of_openings(())
    found = {year: seal.digest_of_openings(lines) for year, lines in openings.items()}
    for year in sorted(found.keys() | says.openings.keys()):
        if found.get(year, nothing) != says.openings.get(year, nothing):
            yield openings_must_be_as_sealed.at(f"/openings/{year}", book=book, year=year)


def faults_of_periods(seals: Mapping[Period, Seal], says: LogSays, *, book: BookId) -> Iterator[Problem]:
    """Every period is as the log's last act on it left it, with the head of the chain at that moment."""
    left = dict(says.periods)
    for period, kept in seals.items():
        entry = left.pop(month_text(period), None)
        if entry is None or not _is_sealed_by(kept, entry):
            yield period_must_be_as_sealed.at(
                f"/periods/{period}",
                book=book,
                period=month_text(period),
                status=kept.status.value,
                seq=kept.seal_seq,
            )
    for name, entry in left.items():
        yield period_must_be_there.at(f"/periods/{name}", book=book, period=name, seq=entry.seq)


def _is_sealed_by(kept: Seal, entry: LogEntry) -> bool:
    closing = entry.act in _CLOSING_ACTS
    return (kept.seal_seq, kept.seal, kept.at, kept.by, kept.status is PeriodStatus.CLOSED) == (
        entry.seq,
        entry.hash,
        entry.at,
        entry.by,
        closing,
    ) and (not closing or entry.after.startswith(f"closed, reviewed by {kept.reviewed_by}"))


def faults_of_numbers(
    used: Mapping[tuple[int, Word], tuple[int, ...]],
    ends: Mapping[tuple[int, Word], int],
    gaps: Iterable[NumberGap],
    says: LogSays,
    *,
    book: BookId,
) -> Iterator[Problem]:
    """Numbers run without gaps up to where each series is kept as ended; a known gap is listed, and is what a
    person confirmed."""
    known = tuple(gaps)
    for year in sorted({year for year, _ in used}):
        yield from check_of_numbers(used, known, year=year).problems
    for year, word in sorted(used.keys() | ends.keys()):
        found, end = max(used.get((year, word), (0,))), ends.get((year, word), 0)
        if found != end:
            yield series_must_end_at_its_last_number.at(
                f"/numbers/{year}/{word}", book=book, word=word, year=year, kept=end, found=found
            )
    confirmed = set(says.gaps)
    for gap in known:
        number = number_text(gap.word, gap.number)
        key = (f"{gap.year}-{number}", gap.reason, gap.confirmed_by)
        if key not in confirmed:
            yield gap_must_be_as_confirmed.at(
                f"/numbers/{gap.year}/{gap.word}/{gap.number}", book=book, number=number, year=gap.year
            )
        confirmed.discard(key)
    for name, _reason, _by in sorted(confirmed):
        of_year, _, number = name.partition("-")
        yield gap_must_be_as_confirmed.at(f"/numbers/{name}", book=book, number=number, year=of_year)


def faults_of_signatures(
    signed: Mapping[VoucherId, PersonId], says: LogSays, *, book: BookId
) -> Iterator[Problem]:
    """The cashier's signatures are those the log knows."""
    found = {str(voucher): by for voucher, by in signed.items()}
    for voucher in sorted(found.keys() | says.signatures.keys()):
        if found.get(voucher) != says.signatures.get(voucher):
            yield signature_must_be_as_logged.at(f"/signatures/{voucher}", book=book, voucher=voucher)


def faults_of_people(people: Iterable[tuple[PersonId, str, str]], says: LogSays) -> Iterator[Problem]:
    """Everyone is called what they were called when they became known; ``people`` are number, name, and the book whose
    papers name them."""
    left = dict(says.people)
    for person, name, known_from in people:
        entry, at = left.pop(person, None), f"/people/{person}"
        shown = known_text(name, known_from=known_from)
        if entry is None:
            yield person_must_be_in_the_log.at(at, person=person, name=shown)
        elif (entry.after, entry.content) != (shown, sealed_person(name, known_from=known_from)):
            yield person_must_be_as_known.at(at, person=person, name=shown, seq=entry.seq, sealed=entry.after)
    for person, entry in left.items():
        yield person_must_be_there.at(f"/people/{person}", person=person, sealed=entry.after, seq=entry.seq)


def faults_of_book(book: Book, says: LogSays) -> Iterator[Problem]:
    """The book is the one opened."""
    if says.book != seal.digest_of(book):
        yield book_must_be_as_opened.at("/book", book=book.id)


def faults_of_accounts(
    accounts: Mapping[str, AccountAsKept], says: LogSays, *, book: BookId, chart: Collection[str]
) -> Iterator[Problem]:
    """The accounts are those of the chart and those the log added below them, open as the log says."""
    for code in sorted({*chart, *accounts, *says.accounts}):
        account, ours = accounts.get(code), says.accounts.get(code)
        if account is None or account.open != says.open_accounts.get(code, True):
            right = False
        elif ours is None:
            right = code in chart and (account.statutory, account.parent) == (code, "")
        else:
            parent = accounts.get(account.parent)
            right = account.name == ours and parent is not None and parent.statutory == account.statutory
        if not right:
            yield account_must_be_as_added.at(f"/accounts/{code}", book=book, account=code)


def faults_of_details(details: Mapping[str, Detail], says: LogSays, *, book: BookId) -> Iterator[Problem]:
    """The details are those the log added; the names the chart itself fixes came with the book."""
    for code in sorted({*details, *says.details}):
        detail, added = details.get(code), says.details.get(code)
        said = None if detail is None else added_text(detail)
        if said != (f"{KeptBy.NAME} {code}" if added is None else added):
            yield detail_must_be_as_added.at(f"/details/{code}", book=book, detail=code)


def faults_of_sums(
    found: Mapping[Key, Turnover], *, book: BookId, yuan: Callable[[Fen], str]
) -> Iterator[Problem]:
    """Debits equal credits in every period."""
    sums: defaultdict[Period, list[Fen]] = defaultdict(lambda: [0, 0])
    for (_, _, period), moved in found.items():
        sums[period][0] += moved.debit
        sums[period][1] += moved.credit
    for period, (debit, credit) in sorted(sums.items()):
        if debit != credit:
            yield debits_must_equal_credits.at(
                f"/balance/{period}", book=book, debit=yuan(debit), credit=yuan(credit), period=period
            )


def closing_of(kept: Mapping[Key, Turnover]) -> Mapping[tuple[str, str], Fen]:
    """What each account and detail has at the end of the book, debit positive."""
    sums: defaultdict[tuple[str, str], Fen] = defaultdict(int)
    for (account, detail, _), moved in sorted(kept.items()):
        sums[account, detail] += moved.debit - moved.credit
    return dict(sums)


def faults_of_load(
    loaded: Loaded,
    closing: Mapping[tuple[str, str], Fen],
    *,
    names: Mapping[tuple[str, str], str],
    transactions: int,
    book: BookId,
    yuan: Callable[[Fen], str],
) -> Iterator[Problem]:
    """beancount read every voucher, refused nothing, and adds every account and party up to what the book keeps."""
    ours = {name: (kept, closing.get(kept, 0)) for kept, name in names.items()}
    disagreed = False
    for name in dict.fromkeys((*ours, *loaded.balances)):
        (account, detail), amount = ours.get(name, ((name, ""), 0))
        found = loaded.balances.get(name, 0)
        if found != amount:
            disagreed = True
            yield beancount_must_agree.at(
                f"/balance/{account}/{detail}",
                book=book,
                account=account,
                detail=detail,
                found=yuan(found),
                kept=yuan(amount),
            )
    for error in loaded.errors:
        # Where the sums disagree, the assertions at the end of the text say the same once more.
        if not (disagreed and error.kind == "BalanceError"):
            yield beancount_must_load.at("/beancount", book=book, line=error.line, reason=error.says)
    if loaded.transactions != transactions:
        yield beancount_must_count_the_vouchers.at(
            "/beancount", book=book, found=loaded.transactions, kept=transactions
        )


def _shown(voucher: Voucher) -> str:
    return f"#{voucher.id}" if voucher.number is None else number_text(voucher.word, voucher.number)


def _reviewed(voucher: Voucher) -> str:
    return seal.digest_of_voucher(msgspec.structs.replace(voucher, number=None, posted_by=None))


_LEFT_AS = {
    "post": (State.POSTED,),
    "review": (State.REVIEWED,),
    "withdraw": (State.WITHDRAWN,),
    "send_back": (State.DRAFT,),
    "draft": (State.DRAFT, State.SKETCH),
    "redraft": (State.DRAFT, State.SKETCH),
}
"""The state each act leaves a voucher in."""


def _follows(state: State, sealed: SealedVoucher) -> bool:
    return state in _LEFT_AS.get(sealed.verb, ())
