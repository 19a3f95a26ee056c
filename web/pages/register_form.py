"""办理登记事项: one form for every act of the register, tried 试算 as often as one likes and then sent 送审 to a second
person. What is tried shows everything that would be written; what is sent is what was shown."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, get_args

import msgspec

from coop.members import queries as members
from coop.register import actions
from coop.register.rules import book_must_keep_a_register, doubts_of
from ledger.books import queries as books
from ledger.details import queries as details
from ledger.money import hundredths_from_text, text_from_hundredths
from schemas.access import Deed
from schemas.charts import KeptBy
from schemas.members import Member
from schemas.problems import Fault, Problem, Refusal, RefusalKind
from schemas.register import AnyAct, RegisterRequest
from web import free_text, wire
from web.database import Connection
from web.errors import address_must_exist
from web.i18n.words import N_
from web.imports.entitlement_list import read_file, read_list
from web.pages.filters import code_of
from web.pages.naming import initials
from web.pages.register import keys_of, new_details, papers_of, written_names
from web.pages.rendering import see_other
from web.pages.route import Shown, Visit, does, shows
from web.register_forms import ActForm, FieldKind, FormField, form_in, form_of

EMPTY_ROWS = 4
"""Rows an empty form begins with, and that are added at a time."""
MOST_ROWS = 2000
MOST_OFFERED = 2000
"""Details offered in a list; of more, one types."""
MOST_MEANT = 8

member_must_be_meant = Fault(
    code="member_must_be_meant",
    says="{given} may be {known}.",
    remedy="Type the number.",
)
act_must_be_as_shown = Fault(
    code="act_must_be_as_shown",
    says="It would write something else now than what was shown.",
    remedy="Try it again, look, and send it then.",
)
ACTS: Mapping[str, type[msgspec.Struct]] = {str(act.__struct_config__.tag): act for act in get_args(AnyAct)}
"""The acts by kind."""
LISTED = "quantification"
"""The act whose rows may be read off a workbook."""
sheet_must_be_chosen = Fault(
    code="sheet_must_be_chosen",
    says="No file is chosen.",
    remedy="Choose the list, a workbook (.xlsx).",
)
SUMS: Mapping[str, str] = {
    "cash": "amount + premium",
    "land": "mu * years * price",
    "calf": "calves * price",
    "labour": "days * day_value",
    "conversion": "parts.amount",
    "quantification": "households.units",
}
"""What is summed up live beneath a form: fields added, multiplied, rows counted, a column of rows."""


class Given(NamedTuple):
    """A form as it was sent or is offered: nothing typed is ever lost. ``empty`` rows are shown below those that say something."""

    texts: Mapping[str, str]
    rows: tuple[Mapping[str, str], ...] = ()
    empty: int = EMPTY_ROWS


@shows("/books/{book}/register/new/{kind}", deed=Deed.KEEP_REGISTER, asks=None)
def new_act(visit: Visit) -> Shown:
    """The form of an act; the address may say some of it already, the member above all."""
    form = _form_at(visit)
    visit.ask_only({field.name for field in form.fields} | {"member"})
    texts = {
        field.name: visit.query.get(field.name, field.default or "")
        for field in form.fields
        if field.kind is not FieldKind.ROWS
    }
    texts["on"] = texts["on"] or visit.on.isoformat()
    if form.kind == "joining":
        texts["number"] = texts["number"] or _next_number(members.members(visit.db, book=visit.id))
    rows = tuple(field for field in form.fields if field.kind is FieldKind.ROWS)
    named = [{"member": texts.get("member", visit.query.get("member", ""))}] if rows else []
    given = Given(texts, tuple(row for row in named if row["member"] and _has_member(rows)))
    return _show(visit, form, _named(visit, form, given))


def _has_member(rows: Sequence[FormField]) -> bool:
    return any(inner.kind is FieldKind.MEMBER for field in rows for inner in field.rows)


def _form_at(visit: Visit) -> ActForm:
    book = visit.at_book
    form = form_in(visit.text_at("kind"), book.kind)
    if form is not None:
        return form
    if form_of(visit.text_at("kind")) is None:
        raise Refusal(address_must_exist.at(), kind=RefusalKind.MISSING)
    raise Refusal(book_must_keep_a_register.at("/book", book=book.short_name), kind=RefusalKind.STATE)


def _next_number(known: Mapping[str, Member]) -> str:
    """The number after the highest, written as that one is."""
    split = [re.fullmatch(r"([A-Za-z]+)([0-9]+)", number) for number in known]
    found = max((one for one in split if one), key=lambda one: int(one[2]), default=None)
    return "" if found is None else f"{found[1]}{int(found[2]) + 1:0{len(found[2])}d}"


def _named(visit: Visit, form: ActForm, given: Given) -> Given:
    """The same with names beside the numbers of members and accounts."""
    wanted = [given.texts.get(name, "") for name in _fields_of(form, FieldKind.MEMBER)]
    known = {number: members.member(visit.db, book=visit.id, number=number) for number in wanted if number}
    accounts = books.accounts(visit.db, book=visit.at_book)
    texts = dict(given.texts)
    for name in _fields_of(form, FieldKind.MEMBER):
        found = known.get(texts.get(name, ""))
        texts[name] = f"{found.number} {found.name}" if found is not None else texts.get(name, "")
    for name in _fields_of(form, FieldKind.ACCOUNT):
        account = accounts.get(texts.get(name, ""))
        if account is not None:
            texts[name] = f"{account.code} {account.name if visit.locale == 'zh_CN' else account.name_en}"
    return given._replace(texts=texts)


def _fields_of(form: ActForm, kind: FieldKind) -> tuple[str, ...]:
    return tuple(field.name for field in form.fields if field.kind is kind)


def _show(
    visit: Visit,
    form: ActForm,
    given: Given,
    problems: Sequence[Problem] = (),
    status: int = 200,
    *,
    tried: RegisterRequest | None = None,
) -> Shown:
    accounts = [account for account in books.accounts(visit.db, book=visit.at_book).values() if account.open]
    kinds = {field.kind for field in form.fields}
    offered = details.details(visit.db, book=visit.id).values() if FieldKind.DETAIL in kinds else ()
    return visit.page(
        "register_form.html",
        problems=problems,
        status=status,
        form=form,
        given=given,
        wrong={visit.place_of(problem) for problem in problems},
        accounts=accounts if FieldKind.ACCOUNT in kinds else (),
        details=[one for one in offered if one.open and one.kind is not KeptBy.MEMBER][:MOST_OFFERED],
        sum=SUMS.get(form.kind, ""),
        listed=form.kind == LISTED,
        of_sheet=[problem for problem in problems if visit.place_of(problem) == "sheet"],
        tried=tried,
        writes=None if tried is None else tried.writes,
        papers=() if tried is None else papers_of(tried.writes.vouchers),
        new_details=() if tried is None else new_details(visit, tried),
        names=None if tried is None else written_names(visit, tried),
    )


# What was sent


@does("/books/{book}/register/new/{kind}", deed=Deed.KEEP_REGISTER, sealed=free_text.NOTE, looks_itself=True)
async def work_on_act(visit: Visit) -> Shown:
    """Try it, or send what was tried to a second person."""
    form = _form_at(visit)
    given = _given(visit, form)
    if visit.field("step") == "rows":
        more = given._replace(empty=given.empty + EMPTY_ROWS)
        return await visit.read(lambda: _show(visit, form, more))
    sends = visit.field("step") == "send"
    seen = visit.field("shown")
    try:
        if form.kind == LISTED and visit.field("step") == "sheet":
            given = await _read_off(visit, given)
        act, given = await visit.read(lambda: _act_of(visit, form, given))
        asked = await visit.writer.do(
            lambda db: _prepared(db, act, visit, seen=seen if sends else None), book=visit.id, keep=sends
        )
    except Refusal as refusal:
        kept = refusal.given if isinstance(refusal, _Kept) else given
        return await visit.refused(
            refusal, lambda visit, problems, status: _show(visit, form, kept, problems, status)
        )
    if sends:
        return see_other(
            f"{visit.home}/register/{asked.request}",
            notice=N_("Sent. It is written when a second person has confirmed it."),
        )
    tried = given
    return await visit.read(lambda: _show(visit, form, tried, doubts_of(act), tried=asked))


async def _read_off(visit: Visit, given: Given) -> Given:
    """The form with the rows of the list that was handed in; the rows it had are replaced. Refused with everything that is
    wrong with the list, the form as it was."""
    uploads = visit.uploads("sheet")
    if not uploads:
        raise _Kept(given, sheet_must_be_chosen.at("/sheet"))
    content = await uploads[0].read()
    try:
        rows = await visit.on_thread(lambda: read_file(content))
        said = given.texts.get("total", "")
        total = hundredths_from_text(unicodedata.normalize("NFKC", said), pointer="/total") if said else None
        known = await visit.read(lambda: members.members(visit.db, book=visit.id))
        parts = read_list(rows, members=known, total=total)
    except Refusal as refused:
        raise _Kept(given, *refused.problems) from refused
    return given._replace(
        rows=tuple({"member": part.member, "units": text_from_hundredths(part.units)} for part in parts),
        empty=1,
    )


def _prepared(db: Connection, act: AnyAct, visit: Visit, *, seen: str | None) -> RegisterRequest:
    asked = actions.prepare(
        db,
        act,
        book=visit.id,
        vault=keys_of(visit).ready(db, at=visit.at),
        by=visit.by,
        on=visit.on,
        at=visit.at,
    )
    if seen is not None and asked.fingerprint != seen:
        raise Refusal(act_must_be_as_shown.at(), kind=RefusalKind.STALE)
    return asked


def _given(visit: Visit, form: ActForm) -> Given:
    texts = {
        field.name: visit.field(field.name)[:400] for field in form.fields if field.kind is not FieldKind.ROWS
    } | {"seen_of": visit.field("seen_of")}
    rows: list[Mapping[str, str]] = []
    shown = 0
    for field in form.fields:
        if field.kind is not FieldKind.ROWS:
            continue
        places = {
            int(found[1])
            for name in visit.form
            if (found := re.fullmatch(rf"{field.name}-([0-9]{{1,4}})-[a-z_]+", str(name)))
        }
        shown = len(places)
        for place in sorted(places)[:MOST_ROWS]:
            row = {inner.name: visit.field(f"{field.name}-{place}-{inner.name}")[:80] for inner in field.rows}
            if any(row.values()):
                rows.append(row)
    return Given(texts, tuple(rows), max(max(shown, EMPTY_ROWS) - len(rows), 1))


def _act_of(visit: Visit, form: ActForm, given: Given) -> tuple[AnyAct, Given]:
    """The act a form says, and the form with the members it means in full. Refused with everything that is wrong."""
    problems = list(visit.numbers)
    found = _People(visit)
    sent: dict[str, Any] = {"kind": form.kind}
    texts = dict(given.texts)
    rows: list[Mapping[str, str]] = []
    for field in form.fields:
        if field.kind is FieldKind.ROWS:
            sent[field.name] = []
            for place, row in enumerate(given.rows):
                told = dict(row)
                sent[field.name].append(
                    _object(visit, field.rows, told, found, problems, at=f"/{field.name}/{place}")
                )
                rows.append(told)
    single = tuple(field for field in form.fields if field.kind is not FieldKind.ROWS)
    if form.kind == "payee":
        _see_version(visit, texts, found)
    sent |= _object(visit, single, texts, found, problems, at="")
    given = given._replace(texts=texts, rows=tuple(rows))
    try:
        act = wire.read(msgspec.json.encode(sent), ACTS[form.kind])
    except wire.Unreadable as error:
        known = {problem.pointer for problem in problems}
        problems += [problem for problem in error.problems if problem.pointer not in known]
        raise _Kept(given, *problems) from error
    if problems:
        raise _Kept(given, *problems)
    return act, given  # type: ignore[return-value]


class _Kept(Refusal):
    """A refusal that knows the form."""

    def __init__(self, given: Given, *problems: Problem) -> None:
        super().__init__(*problems)
        self.given = given


def _see_version(visit: Visit, texts: dict[str, str], found: "_People") -> None:
    """A change of who is paid is made on the version of the member that was looked at first."""
    number, _ = found.meant(texts.get("member", ""))
    if texts.get("seen_of") != number or not texts.get("seen"):
        member = members.member(visit.db, book=visit.id, number=number)
        texts["seen"] = "" if member is None else str(member.version)
        texts["seen_of"] = number


def _object(
    visit: Visit,
    fields: Sequence[FormField],
    texts: dict[str, str],
    found: "_People",
    problems: list[Problem],
    *,
    at: str,
) -> dict[str, Any]:
    """Fields as they travel; what is empty is left out. ``texts`` gets the names of the members that are meant."""
    sent: dict[str, Any] = {}
    for field in fields:
        text = texts.get(field.name, "")
        if not text:
            continue
        if field.kind is FieldKind.MEMBER:
            number, several = found.meant(text)
            if several:
                problems.append(
                    member_must_be_meant.at(
                        f"{at}/{field.name}", given=text, known="、".join(several[:MOST_MEANT])
                    )
                )
            sent[field.name] = number
            texts[field.name] = found.shown(number) or text
        else:
            sent[field.name] = _sent(field, text, visit)
    return sent


def _sent(field: FormField, text: str, visit: Visit) -> object:
    """What a field that is no member travels as."""
    match field.kind:
        case FieldKind.AMOUNT | FieldKind.QUANTITY:
            return re.sub(r"[,\s¥元]", "", unicodedata.normalize("NFKC", text))
        case FieldKind.WHOLE:
            plain = unicodedata.normalize("NFKC", text)
            return int(plain) if re.fullmatch(r"[0-9]{1,15}", plain) else text
        case FieldKind.YES_NO:
            return {"true": True, "false": False}.get(text, text)
        case FieldKind.ACCOUNT:
            return code_of(text)
        case FieldKind.DETAIL:
            code = code_of(text)
            there = details.known(visit.db, book=visit.id, codes=[text, code])
            return code if text not in there and code in there else text
        case _:
            return text


class _People:
    """Members as people name them: by number, by name, by the initials of the name."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._all: Mapping[str, Member] | None = None
        self._names: dict[str, str] = {}

    def meant(self, text: str) -> tuple[str, tuple[str, ...]]:
        """The number that is meant; where several are, those."""
        code = code_of(text) if text else ""
        member = members.member(self._visit.db, book=self._visit.id, number=code) if code else None
        if member is not None:
            self._names[member.number] = member.name
            return member.number, ()
        if self._all is None:
            self._all = members.members(self._visit.db, book=self._visit.id)
        wanted = text.strip().lower()
        fits = [
            one
            for one in self._all.values()
            if wanted and wanted in {one.number.lower(), one.name.lower(), initials(one.name)}
        ]
        if len(fits) == 1:
            self._names[fits[0].number] = fits[0].name
            return fits[0].number, ()
        return code, tuple(f"{one.number} {one.name}" for one in fits)

    def shown(self, number: str) -> str:
        """Number and name; empty where nobody was found."""
        return f"{number} {self._names[number]}" if number in self._names else ""


handlers = [new_act, work_on_act]
