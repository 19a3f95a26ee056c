"""What a chart of accounts must hold together by, and what its data says about a line.

Example: an account code of a book is a statutory code, or that code and further digits (10201 under 102), so
``statutory_account(standard, "10201")`` is 银行存款; 311 with the detail 财政补助-牛舍建设 moved by state aid.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from schemas.charts import (
    Account,
    BalanceTerm,
    Category,
    Clearing,
    DetailUse,
    EquityForm,
    FlowTerm,
    FormKind,
    FormTerm,
    KeptBy,
    LinesTerm,
    MovementTerm,
    MovementType,
    PartiesTerm,
    Side,
    Standard,
    StatementForm,
    Term,
)
from schemas.problems import Fault, Problem

SIDES = {
    Category.ASSET: (Side.DEBIT, Side.BOTH),
    Category.ASSET_CONTRA: (Side.CREDIT,),
    Category.LIABILITY: (Side.CREDIT, Side.BOTH),
    Category.EQUITY: (Side.CREDIT, Side.BOTH),
    Category.COST: (Side.DEBIT,),
    Category.INCOME: (Side.CREDIT, Side.BOTH),
    Category.EXPENSE: (Side.DEBIT,),
}
"""Which normal sides fit a category."""

RESULT = (Category.INCOME, Category.EXPENSE)
"""The categories closed to the result account 本年盈余 at the year's end."""

standard_must_be_named_like_its_file = Fault(
    code="standard_must_be_named_like_its_file",
    says="The file {file} calls itself {id}.",
)
account_code_must_be_three_digits = Fault(
    code="account_code_must_be_three_digits",
    says="Account code {code} is not three digits.",
    remedy="Sub-accounts are opened in the book, under a statutory account.",
)
side_must_fit_category = Fault(
    code="side_must_fit_category",
    says="Account {code} is of category {category}, which does not stand on side {side}.",
)
detail_must_say_what_it_is = Fault(
    code="detail_must_say_what_it_is",
    says="Account {code} must list in kept_by what its detail may be, and only when it takes a detail.",
)
fixed_names_need_names = Fault(
    code="fixed_names_need_names",
    says="Account {code} fixes the names of its details, so it is kept by name and requires a detail.",
)
movements_must_be_of_equity = Fault(
    code="movements_must_be_of_equity",
    says="Account {code} lists movement types, which only equity accounts have.",
)
movement_must_have_one_effect = Fault(
    code="movement_must_have_one_effect",
    says="Account {code} lists movement {movement} more than once.",
)
movement_must_have_words = Fault(
    code="movement_must_have_words",
    says="Movement {movement} of account {code} has no words under [movements].",
)
proposed_movement_must_be_listed = Fault(
    code="proposed_movement_must_be_listed",
    says="Account {code} proposes movement {movement}, which it does not list.",
)
settlement_account_must_fit = Fault(
    code="settlement_account_must_fit",
    says="Settlement names {code} as {role}; that must be {wanted}.",
)
payable_account_must_fit = Fault(
    code="payable_account_must_fit",
    says="Payables name {code} as {role}; that must be an account kept by member, for taxes and instalments one kept by name.",
)
form_must_be_of_its_kind = Fault(
    code="form_must_be_of_its_kind",
    says="The form under [{kind}] says it is {said}.",
)
line_number_must_be_unique = Fault(
    code="line_number_must_be_unique",
    says="Line {line} of form {form} is there more than once.",
)
line_must_be_number_or_heading = Fault(
    code="line_must_be_number_or_heading",
    says="Line {caption} of form {form} has a number without terms, or terms without a number.",
)
form_account_must_exist = Fault(
    code="form_account_must_exist",
    says="Form {form} {place} uses account {code}, which the chart does not have.",
)
form_movement_must_be_listed = Fault(
    code="form_movement_must_be_listed",
    says="Form {form} {place} uses movement {movement}, which account {code} does not list.",
)
form_line_must_exist = Fault(
    code="form_line_must_exist",
    says="Form {form} {place} refers to line {line} of {other}, which is not there.",
)
line_must_not_need_itself = Fault(
    code="line_must_not_need_itself",
    says="Form {form} line {line} is worked out from itself.",
)
term_must_name_accounts = Fault(
    code="term_must_name_accounts",
    says="Form {form} {place} has a term that names no account, or stands on no one side.",
)
account_must_be_on_the_sheet_once = Fault(
    code="account_must_be_on_the_sheet_once",
    says="Account {code} is on {times} lines of the balance sheet; it must be on one.",
    remedy="An account split by party is on one line for each side.",
)
account_must_be_in_the_result = Fault(
    code="account_must_be_in_the_result",
    says="Account {code} is on no line of the statement of surplus.",
)
movement_must_be_on_one_line = Fault(
    code="movement_must_be_on_one_line",
    says="Movement {movement} of account {code} is on {times} lines of the statement of surplus.",
)
movement_must_be_in_one_item = Fault(
    code="movement_must_be_in_one_item",
    says="Movement {movement} of account {code} is in {times} items of the statement of changes in equity.",
)
written_off_must_fit = Fault(
    code="written_off_must_fit",
    says="Account {code} is written off on {contra}: {code} must be an asset, {contra} an asset_contra account of the chart.",
)


def statutory_account(standard: Standard, code: str) -> Account | None:
    """The account of the chart that ``code`` is, or is an own sub-account of; None when it is neither."""
    return standard.accounts.get(code[:3]) if code.isascii() and code.isdigit() else None


def movements(account: Account) -> tuple[MovementType, ...]:
    """Every movement type a line on the account may name. Where there is one, a line must name one."""
    return (*account.increase, *account.decrease, *account.within)


def proposed_movement(account: Account, *, side: Side, detail: str) -> MovementType | None:
    """The movement type for a line on ``side`` that names none, by the name of its detail; None when it has to
    be said. A red (negative) line keeps its own side: it takes back a movement of that side."""
    for proposal in account.proposals:
        if proposal.side in (side, Side.BOTH) and detail.startswith(proposal.prefix):
            return proposal.movement
    return None


def faults_in(standard: Standard, *, named: str) -> tuple[Problem, ...]:
    """All that is wrong with a standard read from the files ``named``; empty when it holds together."""
    problems = [
        *_faults_in_accounts(standard),
        *_faults_in_settlement(standard),
        *_faults_in_payables(standard),
        *_faults_in_forms(standard),
    ]
    if standard.id != named:
        problems.insert(0, standard_must_be_named_like_its_file.at("/id", file=named, id=standard.id))
    return tuple(problems)


def _faults_in_accounts(standard: Standard) -> Iterator[Problem]:
    for code, account in standard.accounts.items():
        at = f"/accounts/{code}"
        if not (code.isascii() and code.isdigit() and len(code) == 3):
            yield account_code_must_be_three_digits.at(at, code=code)
        if account.side not in SIDES[account.category]:
            yield side_must_fit_category.at(
                f"{at}/side", code=code, category=account.category, side=account.side
            )
        if (account.detail is DetailUse.NONE) == bool(account.kept_by):
            yield detail_must_say_what_it_is.at(f"{at}/kept_by", code=code)
        if account.names and (account.kept_by != (KeptBy.NAME,) or account.detail is not DetailUse.REQUIRED):
            yield fixed_names_need_names.at(f"{at}/names", code=code)
        yield from _faults_in_writing_off(standard, account)
        listed = movements(account)
        if listed and account.category is not Category.EQUITY:
            yield movements_must_be_of_equity.at(at, code=code)
        for movement, times in Counter(listed).items():
            if times > 1:
                yield movement_must_have_one_effect.at(at, code=code, movement=movement)
            if movement not in standard.movements:
                yield movement_must_have_words.at(at, code=code, movement=movement)
        for proposal in account.proposals:
            if proposal.movement not in listed:
                yield proposed_movement_must_be_listed.at(
                    f"{at}/proposals", code=code, movement=proposal.movement
                )


def _faults_in_writing_off(standard: Standard, account: Account) -> Iterator[Problem]:
    if account.written_off is None:
        return
    contra = account.written_off.contra
    kept_on = standard.accounts.get(contra)
    right = not contra or (kept_on is not None and kept_on.category is Category.ASSET_CONTRA)
    if account.category is not Category.ASSET or not right:
        yield written_off_must_fit.at(
            f"/accounts/{account.code}/written_off", code=account.code, contra=contra or account.code
        )


def _faults_in_settlement(standard: Standard) -> Iterator[Problem]:
    settlement = standard.settlement
    owed = (Category.LIABILITY, Category.ASSET)
    for role, code, categories in (
        ("result", settlement.result, (Category.EQUITY,)),
        ("distribution", settlement.distribution, (Category.EQUITY,)),
        ("reserve", settlement.reserve, (Category.EQUITY,)),
        ("patronage", settlement.patronage, owed),
        ("residual", settlement.residual, owed),
    ):
        account = standard.accounts.get(code)
        if account is None or account.category not in categories:
            wanted = "an account of category " + " or ".join(categories)
            yield settlement_account_must_fit.at(f"/settlement/{role}", role=role, code=code, wanted=wanted)
    distribution = standard.accounts.get(settlement.distribution)
    for role, name in (
        ("appropriated", settlement.appropriated),
        ("undistributed", settlement.undistributed),
    ):
        if distribution and name not in distribution.names:
            wanted = f"a name fixed for account {settlement.distribution}"
            yield settlement_account_must_fit.at(f"/settlement/{role}", role=role, code=name, wanted=wanted)


def _faults_in_payables(standard: Standard) -> Iterator[Problem]:
    for role in standard.payables.__struct_fields__:
        code = getattr(standard.payables, role)
        account = standard.accounts.get(code)
        wanted = KeptBy.NAME if role in {"taxes", "instalment"} else KeptBy.MEMBER
        owing = account is not None and account.side in (Side.CREDIT, Side.BOTH) and wanted in account.kept_by
        if code and not owing:
            yield payable_account_must_fit.at(f"/payables/{role}", role=role, code=code)


def _faults_in_forms(standard: Standard) -> Iterator[Problem]:
    forms = (standard.balance_sheet, standard.surplus_and_distribution)
    kinds = (FormKind.BALANCE_SHEET, FormKind.SURPLUS_AND_DISTRIBUTION)
    for form, kind in zip(forms, kinds, strict=True):
        if form.kind is not kind:
            yield form_must_be_of_its_kind.at(f"/{kind}/kind", kind=kind, said=form.kind)
        yield from _faults_in_form(standard, form)
    yield from _faults_in_coverage(standard)
    yield from _faults_in_distribution(standard)
    yield from _faults_in_order(standard)
    if standard.equity_changes is not None:
        yield from _faults_in_equity(standard, standard.equity_changes)


def _faults_in_form(standard: Standard, form: StatementForm) -> Iterator[Problem]:
    for number, times in Counter(line.no for line in form.lines if line.no is not None).items():
        if times > 1:
            yield line_number_must_be_unique.at(f"/{form.kind}/lines", form=form.kind, line=number)
    for line in form.lines:
        if (line.no is None) == bool(line.terms):
            yield line_must_be_number_or_heading.at(f"/{form.kind}/lines", form=form.kind, caption=line.zh)
        yield from _faults_in_terms(standard, form.kind, f"line {line.no}", line.terms)
    for agreement in form.agreements:
        for kind, number in ((form.kind, agreement.line), (agreement.form or form.kind, agreement.other)):
            yield from _faults_in_reference(standard, form.kind, "agreements", kind, number)


def _faults_in_terms(
    standard: Standard, form: FormKind, place: str, terms: tuple[Term, ...]
) -> Iterator[Problem]:
    for term in terms:
        if isinstance(term, LinesTerm):
            for number in term.lines:
                yield from _faults_in_reference(standard, form, place, form, abs(number))
        elif isinstance(term, FormTerm):
            yield from _faults_in_reference(standard, form, place, term.form, term.line)
        else:
            yield from _faults_in_figures(standard, form, place, term)


def _faults_in_figures(
    standard: Standard,
    form: FormKind,
    place: str,
    term: BalanceTerm | PartiesTerm | FlowTerm | MovementTerm,
) -> Iterator[Problem]:
    at = f"/{form}"
    codes = (term.account,) if isinstance(term, MovementTerm) else term.accounts
    categories = term.categories if isinstance(term, BalanceTerm) else ()
    if not (codes or categories) or term.side is Side.BOTH:
        yield term_must_name_accounts.at(at, form=form, place=place)
    for code in codes:
        account = standard.accounts.get(code)
        if account is None:
            yield form_account_must_exist.at(at, form=form, place=place, code=code)
        elif isinstance(term, MovementTerm):
            for movement in set(term.movements) - set(movements(account)):
                yield form_movement_must_be_listed.at(
                    at, form=form, place=place, movement=movement, code=code
                )


def _faults_in_reference(
    standard: Standard, form: FormKind, place: str, kind: FormKind, number: int
) -> Iterator[Problem]:
    other = _form(standard, kind)
    if other is None or number not in {line.no for line in other.lines}:
        yield form_line_must_exist.at(f"/{form}", form=form, place=place, line=number, other=kind)


def _form(standard: Standard, kind: FormKind) -> StatementForm | None:
    return {
        FormKind.BALANCE_SHEET: standard.balance_sheet,
        FormKind.SURPLUS_AND_DISTRIBUTION: standard.surplus_and_distribution,
    }.get(kind)


def _faults_in_coverage(standard: Standard) -> Iterator[Problem]:
    """Every account is on the sheet once, or its result is in the surplus; what must be cleared is on neither."""
    whole: Counter[str] = Counter()
    split: Counter[tuple[str, Side]] = Counter()
    for line in standard.balance_sheet.lines:
        for term in line.terms:
            if isinstance(term, BalanceTerm):
                whole.update(accounts_of(standard, term))
            elif isinstance(term, PartiesTerm):
                split.update((code, term.side) for code in term.accounts)
    earned = {
        code
        for line in standard.surplus_and_distribution.lines
        for term in line.terms
        if isinstance(term, FlowTerm) and not term.prefix
        for code in term.accounts
    }
    for code, account in standard.accounts.items():
        sides = {side: split[code, side] for side in (Side.DEBIT, Side.CREDIT)}
        once = whole[code] + (1 if set(sides.values()) == {1} else 2 * max(sides.values()))
        if once != (0 if account.cleared is Clearing.PERIOD_END else 1):
            yield account_must_be_on_the_sheet_once.at("/balance_sheet", code=code, times=once)
        if account.category in RESULT and code not in earned:
            yield account_must_be_in_the_result.at("/surplus_and_distribution", code=code)


def _faults_in_distribution(standard: Standard) -> Iterator[Problem]:
    """Whatever moves the distribution account is on one line of the statement of surplus, else its last line
    would not be the balance sheet's."""
    code = standard.settlement.distribution
    account = standard.accounts.get(code)
    shown = Counter(
        movement
        for line in standard.surplus_and_distribution.lines
        for term in line.terms
        if isinstance(term, MovementTerm) and term.account == code
        for movement in term.movements
    )
    for movement in (*account.increase, *account.decrease) if account else ():
        if shown[movement] != 1:
            yield movement_must_be_on_one_line.at(
                "/surplus_and_distribution", code=code, movement=movement, times=shown[movement]
            )


def accounts_of(standard: Standard, term: BalanceTerm) -> tuple[str, ...]:
    """The codes a balance term adds up: those it names and those of the categories it names."""
    return term.accounts + tuple(
        code for code, account in standard.accounts.items() if account.category in term.categories
    )


def _faults_in_order(standard: Standard) -> Iterator[Problem]:
    """A line may use any other line, but in the end no line may need itself."""
    needs: dict[tuple[FormKind, int], set[tuple[FormKind, int]]] = {}
    for form in (standard.balance_sheet, standard.surplus_and_distribution):
        for line in form.lines:
            if line.no is not None:
                needs[form.kind, line.no] = set(_needed(form.kind, line.terms))
    settled: set[tuple[FormKind, int]] = set()
    while ready := {
        key for key, used in needs.items() if key not in settled and used & needs.keys() <= settled
    }:
        settled |= ready
    for kind, number in sorted(needs.keys() - settled):
        yield line_must_not_need_itself.at(f"/{kind}/lines", form=kind, line=number)


def _needed(kind: FormKind, terms: Iterable[Term]) -> Iterator[tuple[FormKind, int]]:
    for term in terms:
        if isinstance(term, LinesTerm):
            yield from ((kind, abs(number)) for number in term.lines)
        elif isinstance(term, FormTerm):
            yield term.form, term.line


def _faults_in_equity(standard: Standard, form: EquityForm) -> Iterator[Problem]:
    counted: Counter[tuple[str, MovementType]] = Counter()
    if form.kind is not FormKind.EQUITY_CHANGES:
        yield form_must_be_of_its_kind.at("/equity_changes/kind", kind="equity_changes", said=form.kind)
    for column in form.columns:
        place = f"column {column.zh}"
        yield from _faults_in_reference(standard, form.kind, place, FormKind.BALANCE_SHEET, column.line)
        for item in (*column.increase, *column.decrease):
            yield from _faults_in_terms(standard, form.kind, f"{place} {item.zh}", item.terms)
            for term in item.terms:
                if isinstance(term, MovementTerm):
                    counted.update((term.account, movement) for movement in term.movements)
    for code, account in standard.accounts.items():
        for movement in (*account.increase, *account.decrease):
            if counted[code, movement] != 1:
                yield movement_must_be_in_one_item.at(
                    "/equity_changes", code=code, movement=movement, times=counted[code, movement]
                )
