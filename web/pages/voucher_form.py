"""The voucher form 记账凭证: prepared by keyboard, kept as a sketch while it is worked on, refused with everything that is
wrong beside its field, and never losing what was typed."""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec
from litestar import MediaType, Response
from msgspec.structs import replace

from ledger import money
from ledger.balances import queries as balances
from ledger.books import queries as books
from ledger.charts import standard
from ledger.details import queries as details
from ledger.events import events
from ledger.evidence import queries as evidence
from ledger.periods.rules import first_open_month
from ledger.vouchers import actions, queries, rules
from schemas.access import Deed
from schemas.books import BookAccount, Detail
from schemas.evidence import EvidenceFile
from schemas.periods import PeriodState
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.units import Fen, Hundredths, VoucherId
from schemas.vouchers import (
    Correction,
    CorrectionKind,
    NewDraft,
    State,
    Voucher,
    VoucherDraft,
    VoucherLine,
    Word,
)
from web import wire
from web.database import Connection
from web.i18n import say, say_word
from web.i18n.words import N_
from web.pages.naming import initials
from web.pages.rendering import address, quantity_text, see_other
from web.pages.route import Shown, Visit, does, number_from, shows
from web.pages.voucher import UPLOAD_BYTES, attach, kept_files, voucher_at

EMPTY_LINES = 4
"""Lines an empty form begins with."""

LINE_FIELDS = ("summary", "account", "detail", "movement", "quantity", "debit", "credit")


class GivenLine(NamedTuple):
    """A line as it stands in the form: texts, right or wrong."""

    summary: str = ""
    account: str = ""
    detail: str = ""
    movement: str = ""
    quantity: str = ""
    debit: str = ""
    credit: str = ""
    side: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing that counts was typed; a summary alone is what Enter left behind."""
        return not any((self.account, self.detail, self.quantity, self.debit, self.credit))


class Given(NamedTuple):
    """The form as it was sent or is offered: nothing typed is ever lost."""

    word: str
    date: str
    originals: str
    lines: tuple[GivenLine, ...]
    corrects: str = ""
    kind: str = ""
    voucher: VoucherId | None = None
    version: int | None = None
    key: str = ""


# Offering the form


@shows(
    "/books/{book}/vouchers/new", deed=Deed.DRAFT_VOUCHER, asks=("corrects", "kind", "copy", "event", "date")
)
def new_voucher(visit: Visit) -> Shown:
    """An empty form, or one begun by an event, a correction or a copy."""
    given = visit.query
    if given.get("corrects"):
        return _show(visit, _correcting(visit, given["corrects"], given.get("kind", "")))
    if given.get("copy"):
        return _show(visit, _copied(visit, given["copy"]))
    return _show(visit, _begun(visit, given.get("event", ""), dated=given.get("date", "")))


@shows("/books/{book}/vouchers/{voucher}/edit", deed=Deed.DRAFT_VOUCHER)
def edit_voucher(visit: Visit) -> Shown:
    """The form of a draft or sketch."""
    voucher = voucher_at(visit, visit.number_at("voucher"))
    if voucher.state not in {State.SKETCH, State.DRAFT}:
        problem = rules.voucher_must_be_in_state.at(state=voucher.state.value, wanted="sketch, draft")
        raise Refusal(problem, kind=RefusalKind.STATE)
    return _show(visit, _given_of(visit, voucher))


def _begun(visit: Visit, event_id: str, *, dated: str) -> Given:
    event = next((one for one in events(visit.at_book.standard) if one.id == event_id), None)
    chart = books.accounts(visit.db, book=visit.at_book)
    lines = () if event is None else event.lines
    return Given(
        word=Word.GENERAL,
        date=dated or likely_day(visit.periods, on=visit.on).isoformat(),
        originals="0",
        lines=tuple(
            GivenLine(
                summary=line.summary,
                account=_account_text(chart, line.account, visit.locale),
                detail=line.detail,
                movement=line.movement or "",
                side=line.side.value,
            )
            for line in lines
        ),
        key=visit.fresh_key(),
    )


def likely_day(state: PeriodState, *, on: date) -> date:
    """The day a new voucher is offered: today where it lies in the month in hand, which is the first that is not
    closed; else the last day of that month."""
    month = first_open_month(first_year=state.first_year, closed=state.closed)
    if on.year * 100 + on.month == month:
        return on
    year, number = divmod(month, 100)
    return date(year, number, monthrange(year, number)[1])


def _correcting(visit: Visit, text: str, kind: str) -> Given:
    """A blue or difference voucher for a posted one, with the statutory wording (会计基础工作规范 art. 51-5)."""
    of = voucher_at(visit, _number(text))
    chosen = CorrectionKind.DIFFERENCE if kind == CorrectionKind.DIFFERENCE else CorrectionKind.BLUE
    if of.number is None:
        problem = rules.corrected_voucher_must_be_posted.at(voucher=of.id)
        raise Refusal(problem, kind=RefusalKind.STATE)
    wording = rules.correction_wording(chosen, of=of)
    lines = of.lines
    if chosen is CorrectionKind.DIFFERENCE:
        lines = tuple(replace(line, debit=0, credit=0, quantity=None) for line in lines)
    given = _given_lines(visit, [replace(line, summary=wording) for line in lines])
    return Given(
        word=of.word,
        date=max(likely_day(visit.periods, on=visit.on), of.date).isoformat(),
        originals="0",
        lines=given,
        corrects=str(of.id),
        kind=chosen.value,
        key=visit.fresh_key(),
    )


def _copied(visit: Visit, text: str) -> Given:
    """A new form with the lines of another voucher."""
    of = voucher_at(visit, _number(text))
    return Given(
        word=of.word,
        date=likely_day(visit.periods, on=visit.on).isoformat(),
        originals="0",
        lines=_given_lines(visit, of.lines),
        key=visit.fresh_key(),
    )


def _number(text: str) -> VoucherId:
    number = number_from(text)
    if number is None:
        raise wire.Unreadable(wire.must_be_whole_number.at("/voucher"))
    return number


def _given_of(visit: Visit, voucher: Voucher) -> Given:
    return Given(
        word=voucher.word,
        date=voucher.date.isoformat(),
        originals=str(voucher.originals),
        lines=_given_lines(visit, voucher.lines),
        corrects="" if voucher.corrects is None else str(voucher.corrects.voucher),
        kind="" if voucher.corrects is None else voucher.corrects.kind.value,
        voucher=voucher.id,
        version=voucher.version,
        key=visit.fresh_key(),
    )


def _given_lines(visit: Visit, lines: Iterable[VoucherLine]) -> tuple[GivenLine, ...]:
    lines = tuple(lines)
    chart = books.accounts(visit.db, book=visit.at_book)
    known = details.known(visit.db, book=visit.id, codes=(line.detail for line in lines))
    return tuple(
        GivenLine(
            summary=line.summary,
            account=_account_text(chart, line.account, visit.locale),
            detail=_detail_text(known, line.detail),
            movement=line.movement,
            quantity=quantity_text(line.quantity),
            debit=money.yuan_grouped(line.debit) if line.debit else "",
            credit=money.yuan_grouped(line.credit) if line.credit else "",
        )
        for line in lines
    )


def _account_text(chart: Mapping[str, BookAccount], code: str, locale: str) -> str:
    account = chart.get(code)
    if account is None:
        return code
    return f"{code} {account.name if locale == 'zh_CN' else account.name_en}"


def _detail_text(known: Mapping[str, Detail], code: str) -> str:
    found = known.get(code)
    return code if found is None or found.name in ("", code) else f"{code} {found.name}"


def _show(visit: Visit, given: Given, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    chart = standard(visit.at_book.standard)
    wrong = {visit.place_of(problem) for problem in problems}
    corrected = queries.voucher(visit.db, book=visit.id, id=int(given.corrects)) if given.corrects else None
    files = (
        evidence.evidence_seen(visit.db, book=visit.id, voucher=given.voucher)
        if given.voucher is not None
        else ()
    )
    movements = [
        {"code": code.value, "name": words.zh if visit.locale == "zh_CN" else words.en}
        for code, words in chart.movements.items()
    ]
    lines = given.lines + (GivenLine(),) * max(0, EMPTY_LINES - len(given.lines))
    return visit.page(
        "voucher_form.html",
        problems=problems,
        status=status,
        given=given,
        lines=lines,
        blank=GivenLine(),
        wrong=wrong,
        wrong_lines={place.split("-")[1] for place in wrong if place.startswith("lines-")},
        words=list(Word),
        movements=movements,
        corrected=corrected,
        files=files,
        events=events(visit.at_book.standard) if given.voucher is None and not given.corrects else (),
        action=f"{visit.home}/vouchers/{given.voucher}/edit"
        if given.voucher is not None
        else f"{visit.home}/vouchers/new",
        js_words=_words_for_script(visit.locale),
    )


def _words_for_script(locale: str) -> dict[str, str]:
    """What the script says in the reader's language."""
    texts = {
        "summary": N_("Summary"),
        "account": N_("Account"),
        "detail": N_("Detail"),
        "movement": N_("Equity movement"),
        "quantity": N_("Quantity"),
        "debit": N_("Debit"),
        "credit": N_("Credit"),
        "difference": N_("Difference"),
        "detail_required": N_("Detail (needed)"),
        "balance": N_("Balance"),
        "debit_side": N_("debit"),
        "credit_side": N_("credit"),
        "level": N_("level"),
        "kept": N_("Kept as a sketch"),
        "not_kept": N_("Not kept: no connection"),
        "remove": N_("Remove"),
        "all_files": N_("Files: {count}"),
    }
    return {name: say(locale, message) for name, message in texts.items()}


# Reading the form


def _given_from(visit: Visit) -> Given:
    """Everything the form says, as it says it; lines that are empty are left out."""
    found: dict[int, dict[str, str]] = {}
    for name, value in visit.form.multi_items():
        match = re.fullmatch(r"lines-([0-9]{1,5})-([a-z]+)", name)
        if match and match[2] in LINE_FIELDS and isinstance(value, str):
            found.setdefault(int(match[1]), {})[match[2]] = value.strip()
    lines = [GivenLine(**found[index]) for index in sorted(found)]
    return Given(
        word=visit.field("word", Word.GENERAL),
        date=visit.field("date"),
        originals=visit.field("originals") or "0",
        lines=tuple(line for line in lines if not line.empty),
        corrects=visit.field("corrects") if number_from(visit.field("corrects")) is not None else "",
        kind=visit.field("kind"),
        voucher=number_from(visit.field("voucher")),
        version=number_from(visit.field("version")),
        key=visit.field("key"),
    )


def _draft_from(
    given: Given, *, chart: Mapping[str, BookAccount], known: Mapping[str, Detail], strict: bool
) -> VoucherDraft:
    """The draft a form says. ``strict`` refuses what cannot be read; a sketch leaves it out and keeps the rest."""
    problems: list[Problem] = []
    lines = []
    for index, line in enumerate(given.lines):
        where = f"/lines/{index}"
        amounts: dict[str, Fen | Hundredths | None] = {}
        for name, text in (("debit", line.debit), ("credit", line.credit), ("quantity", line.quantity)):
            try:
                amounts[name] = amount_from(text, pointer=f"{where}/{name}") if text else None
            except Refusal as refusal:
                problems += refusal.problems
                amounts[name] = None
        lines.append(
            VoucherLine(
                summary=line.summary[:200],
                account=_code_in(line.account, chart),
                detail=_detail_in(line.detail, known)[:80],
                debit=amounts["debit"] or 0,
                credit=amounts["credit"] or 0,
                quantity=amounts["quantity"],
                movement=line.movement,
            )
        )
    try:
        dated = date.fromisoformat(given.date)
    except ValueError:
        problems.append(wire.must_be_date.at("/date"))
        dated = date.min
    if given.word not in list(Word):
        problems.append(wire.must_be_one_of.at("/word", given=given.word, known="、".join(Word)))
    if not re.fullmatch(r"[0-9]{1,4}", given.originals):
        problems.append(wire.must_be_whole_number.at("/originals"))
    if problems and strict:
        raise Refusal(*problems)
    corrects = None
    if given.corrects and given.kind in list(CorrectionKind):
        corrects = Correction(kind=CorrectionKind(given.kind), voucher=int(given.corrects))
    return VoucherDraft(
        date=dated,
        word=Word(given.word) if given.word in list(Word) else Word.GENERAL,
        lines=tuple(lines),
        originals=int(given.originals) if re.fullmatch(r"[0-9]{1,4}", given.originals) else 0,
        corrects=corrects,
    )


def amount_from(text: str, *, pointer: str) -> Fen:
    """An amount as people type it: grouped, in full-width digits, with a currency sign or without."""
    plain = unicodedata.normalize("NFKC", text)
    plain = re.sub(r"[,\s¥￥元]", "", plain).replace("−", "-").replace("–", "-")
    return money.fen_from_yuan(plain, pointer=pointer)


def _code_in(text: str, chart: Mapping[str, BookAccount]) -> str:
    """The account meant: by code, by code and name, or by a name only one account has."""
    first = text.split(" ", maxsplit=1)[0]
    if first in chart:
        return first
    named = [account.code for account in chart.values() if text in (account.name, account.name_en)]
    return named[0] if len(named) == 1 else text[:20]


def _detail_in(text: str, known: Mapping[str, Detail]) -> str:
    """The detail meant: by code, by code and name, or by a name only one detail has."""
    if not text or text in known:
        return text
    first, _, rest = text.partition(" ")
    if first in known and known[first].name == rest:
        return first
    named = [detail.code for detail in known.values() if detail.name == text]
    return named[0] if len(named) == 1 else text


# Saving


def _again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    return _show(visit, _given_from(visit), problems, status)


@does("/books/{book}/vouchers/new", deed=Deed.DRAFT_VOUCHER, takes=UPLOAD_BYTES, again=_again)
async def save_new(visit: Visit) -> Shown:
    """Save a new voucher as a finished draft 制单, with its scans."""
    return await _save(visit)


@does("/books/{book}/vouchers/{voucher}/edit", deed=Deed.DRAFT_VOUCHER, takes=UPLOAD_BYTES, again=_again)
async def save_again(visit: Visit) -> Shown:
    """Save a draft that was there already."""
    return await _save(visit)


async def _save(visit: Visit) -> Shown:
    given = _given_from(visit)
    if visit.field("then") == "event":
        dated = given.date
        return see_other(address(f"{visit.home}/vouchers/new", event=visit.field("event"), date=dated))
    draft = await visit.read(lambda: _read(visit, given, strict=True))
    files = await kept_files(visit)
    voucher = await visit.write(lambda db: _draft(db, visit, given, draft, files))
    if visit.field("then") == "new":
        return see_other(
            address(f"{visit.home}/vouchers/new", date=given.date),
            notice=N_("Saved as draft. Here is a new one."),
        )
    return see_other(
        f"{visit.home}/vouchers/{voucher.id}",
        notice=N_("Saved as draft. Another person reviews it now."),
    )


def _read(visit: Visit, given: Given, *, strict: bool) -> VoucherDraft:
    draft = _draft_from(
        given,
        chart=books.accounts(visit.db, book=visit.at_book),
        known=details.details(visit.db, book=visit.id),
        strict=strict,
    )
    try:
        return (
            msgspec.convert(msgspec.to_builtins(draft), VoucherDraft) if strict and not _odd(draft) else draft
        )
    except msgspec.ValidationError as error:
        raise wire.Unreadable(wire.content_must_be_readable.at(reason=error)) from error


def _odd(draft: VoucherDraft) -> bool:
    """Whether an account is no code at all: the ledger says so beside its field, better than a pattern could."""
    return any(not line.account.isdecimal() for line in draft.lines)


def _draft(
    db: Connection, visit: Visit, given: Given, draft: VoucherDraft, files: Sequence[EvidenceFile]
) -> Voucher:
    voucher = actions.one(
        actions.draft_many(
            db,
            [NewDraft(draft=draft, id=given.voucher, version=given.version, key=given.key or None)],
            book=visit.id,
            by=visit.by,
            on=visit.on,
            at=visit.at,
        )
    )
    if files:
        attach(db, visit, voucher.id, files)
    return voucher


@does("/books/{book}/vouchers/keep", deed=Deed.DRAFT_VOUCHER)
async def keep_sketch(visit: Visit) -> Shown:
    """Keep unfinished work as a sketch, so that it survives a closed tab; nothing is judged."""
    given = _given_from(visit)
    draft = await visit.read(lambda: _read(visit, given, strict=False))
    if not draft.lines or draft.date == date.min:
        return _json({})
    new = NewDraft(draft=draft, id=given.voucher, version=given.version, finished=False)
    voucher = await visit.write(
        lambda db: actions.one(
            actions.draft_many(db, [new], book=visit.id, by=visit.by, on=visit.on, at=visit.at)
        )
    )
    return _json({"id": voucher.id, "version": voucher.version})


# What the form's script asks for


@shows("/books/{book}/chart.json")
def chart(visit: Visit) -> Shown:
    """Accounts, details and their balances, for look-ups while a voucher is typed."""
    zh = visit.locale == "zh_CN"
    chart = standard(visit.at_book.standard)
    rows = balances.details_between(visit.db, book=visit.id, from_period=0, to_period=299913)
    sums: dict[str, Fen] = {}
    for row in rows:
        if row.closing:
            sums[row.account] = sums.get(row.account, 0) + row.closing
            if row.detail:
                sums[f"{row.account}/{row.detail}"] = row.closing
    return _json(
        {
            "accounts": [
                {
                    "code": account.code,
                    "name": account.name if zh else account.name_en,
                    "initials": initials(account.name),
                    "open": account.open,
                    "lowest": account.lowest,
                    "register": account.statutory.register
                    or account.code.startswith(chart.settlement.result),
                    "detail": account.statutory.detail.value,
                    "kept_by": [kind.value for kind in account.statutory.kept_by],
                    "names": account.statutory.names,
                    "quantity": account.statutory.quantity.value,
                    "movements": [
                        {
                            "code": movement.value,
                            "name": chart.movements[movement].zh if zh else chart.movements[movement].en,
                        }
                        for movement in account.movements
                    ],
                }
                for account in books.accounts(visit.db, book=visit.at_book).values()
            ],
            "details": [
                {
                    "code": detail.code,
                    "name": detail.name,
                    "kind": detail.kind.value,
                    "kind_name": say_word(visit.locale, detail.kind.value),
                    "initials": initials(detail.name),
                    "unit": detail.unit,
                    "open": detail.open,
                }
                for detail in details.details(visit.db, book=visit.id).values()
            ],
            "balances": {name: str(amount) for name, amount in sums.items()},
        }
    )


@shows("/capitals", deed=Deed.KEEP_OWN_LOGIN, asks=("amount",))
def amount_in_capitals(visit: Visit) -> Shown:
    """An amount in capitals 大写, as the paper form has it."""
    fen = amount_from(visit.query.get("amount", ""), pointer="/amount")
    return Response(money.capitals(fen), media_type=MediaType.TEXT, headers={"Cache-Control": "no-store"})


def _json(value: Any) -> Shown:
    return Response(
        msgspec.json.encode(value), media_type=MediaType.JSON, headers={"Cache-Control": "no-store"}
    )


handlers = [new_voucher, edit_voucher, save_new, save_again, keep_sketch, chart, amount_in_capitals]
