"""Who may do what where, as values: roles, deeds, scopes, grants, logins, sessions and tokens (RULES §9)."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from schemas.books import Book
from schemas.identity import Sealed
from schemas.units import BookId, Instant, PersonId, Value

LoginName = Annotated[
    str, Meta(pattern=r"^[\w][\w.@-]{1,63}$", description="The name a person signs in with.")
]
PlaceCode = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{2,12}$",
        description="The beginning of a village code 村编码: 12 digits a village, 9 a township, 6 a county.",
    ),
]


class Role(StrEnum):
    """What a person is to a book, a place or the house. One person may have several, each with its scope."""

    ACCOUNTANT = "accountant"
    """会计: prepares vouchers, posts them, closes."""
    REVIEWER = "reviewer"
    """审核 (会计主管): reviews vouchers and closings of others."""
    CASHIER = "cashier"
    """出纳: handles the money, signs receipts and payments, counts the cash."""
    CHAIR = "chair"
    """理事长: answers for the cooperative."""
    SCOREKEEPER = "scorekeeper"
    """计分员: keeps the book of labour."""
    TOWNSHIP_OFFICER = "township_officer"
    """乡镇干部: watches over the books of the township."""
    AUDITOR = "auditor"
    """审计: reads everything, changes nothing, and says what a spot check found."""
    HOUSEHOLD = "household"
    """农户: reads its own statement."""
    ADMINISTRATOR = "administrator"
    """管理员: creates people, proposes roles, keeps the service; touches no money."""


class Deed(StrEnum):
    """Everything the service lets a person do. Each route and command names one."""

    SEE_BOOK = "see_book"
    SEE_REGISTER = "see_register"
    SEE_EVIDENCE = "see_evidence"
    SEE_TOWNSHIP = "see_township"
    SEE_PLACES = "see_places"
    KEEP_PLACES = "keep_places"
    SEE_STATEMENT = "see_statement"
    READ_LOG = "read_log"
    EXPORT_BOOK = "export_book"
    UNMASK_IDENTITY = "unmask_identity"
    RUN_CHECK = "run_check"
    CHECK_VOUCHERS = "check_vouchers"

    DRAFT_VOUCHER = "draft_voucher"
    REVIEW_VOUCHER = "review_voucher"
    POST_VOUCHER = "post_voucher"
    REVERSE_VOUCHER = "reverse_voucher"
    SIGN_AS_CASHIER = "sign_as_cashier"
    ATTACH_EVIDENCE = "attach_evidence"

    CLOSE_MONTH = "close_month"
    REVIEW_CLOSING = "review_closing"
    REOPEN_MONTH = "reopen_month"
    SETTLE_YEAR = "settle_year"

    OPEN_BOOK = "open_book"
    IMPORT_PACK = "import_pack"
    ENTER_OPENINGS = "enter_openings"
    KEEP_ACCOUNTS = "keep_accounts"
    KEEP_DETAILS = "keep_details"
    KEEP_REGISTER = "keep_register"
    KEEP_ASSETS = "keep_assets"
    RECONCILE_BANK = "reconcile_bank"
    COUNT_CASH = "count_cash"
    ANSWER_FINDING = "answer_finding"
    KEEP_CONTRACTS = "keep_contracts"
    CONFIRM_COUNT = "confirm_count"

    CONFIRM_REGISTER = "confirm_register"
    KEEP_RECORDS = "keep_records"
    KEEP_SCORES = "keep_scores"
    KEEP_POLICIES = "keep_policies"
    APPROVE_POLICIES = "approve_policies"
    KEEP_TOWNSHIP_POLICIES = "keep_township_policies"
    APPROVE_TOWNSHIP_POLICIES = "approve_township_policies"
    PREPARE_RUN = "prepare_run"
    PUBLISH_RUN = "publish_run"
    APPROVE_RUN = "approve_run"
    POST_RUN = "post_run"
    REVERT_RUN = "revert_run"
    MAKE_BATCH = "make_batch"
    SEND_BATCH = "send_batch"
    TAKE_BATCH_FILE = "take_batch_file"
    TAKE_ANSWERS = "take_answers"
    ISSUE_CARDS = "issue_cards"
    FILE_APPEAL = "file_appeal"
    RECORD_APPEAL = "record_appeal"
    CAST_BALLOT = "cast_ballot"
    ANSWER_APPEAL = "answer_appeal"
    KEEP_ALERTS = "keep_alerts"
    EXPLAIN_ALERT = "explain_alert"
    COLLECT_FIGURES = "collect_figures"
    REVIEW_FIGURES = "review_figures"

    KEEP_WEBHOOKS = "keep_webhooks"

    MANAGE_PEOPLE = "manage_people"
    GRANT_ROLES = "grant_roles"
    CONSENT_TO_ROLES = "consent_to_roles"
    MANAGE_TOKENS = "manage_tokens"
    READ_HOUSE_LOG = "read_house_log"
    BACK_UP = "back_up"
    READ_METRICS = "read_metrics"

    KEEP_OWN_LOGIN = "keep_own_login"
    FINISH_SIGN_IN = "finish_sign_in"


class Duty(StrEnum):
    """The side of the books a person stands on. On one book a person's roles fit one duty (RULES §9)."""

    BOOKS = "books"
    DIRECTION = "direction"
    OVERSIGHT = "oversight"
    CASH = "cash"
    HANDLING = "handling"
    SUPERVISION = "supervision"
    ADMINISTRATION = "administration"


class ScopeKind(StrEnum):
    """How far a role reaches."""

    BOOK = "book"
    PLACE = "place"
    HOUSE = "house"


class Scope(Value):
    """How far a role reaches: one book by its id, the books of a place by the beginning of its code, or the house
    (``code`` empty)."""

    kind: ScopeKind
    code: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.code}" if self.code else str(self.kind)


HOUSE_WIDE = Scope(kind=ScopeKind.HOUSE)


class Place(Value):
    """Where a book lies; empty codes for a book that lies nowhere."""

    village: str = ""
    township: str = ""


class Held(Value):
    """A role in force and its scope."""

    role: Role
    scope: Scope


class Rights(Value):
    """Who asks, and all he holds. ``deeds`` and ``books`` narrow what a token may do; None narrows nothing.

    ``operator`` is whoever works on the database itself from the command line: the operating system's user, an
    administrator of the house without a login.
    """

    person: PersonId
    held: tuple[Held, ...] = ()
    deeds: frozenset[Deed] | None = None
    books: frozenset[BookId] | None = None
    operator: bool = False


class GrantState(StrEnum):
    """Where a grant stands: waiting for consent, in force, or ended (refused, withdrawn, taken back)."""

    PROPOSED = "proposed"
    HELD = "held"
    ENDED = "ended"


class NewGrant(Value):
    """A role about to be given."""

    person: PersonId
    role: Role
    scope: Scope


class Grant(Value):
    """A role given, with everybody who had a hand in it. Instants are RFC 3339 in UTC."""

    id: int
    person: PersonId
    role: Role
    scope: Scope
    state: GrantState
    proposed_by: PersonId
    proposed_at: Instant
    consented_by: PersonId | None = None
    consented_at: Instant | None = None
    ended_by: PersonId | None = None
    ended_at: Instant | None = None
    reason: str = ""


class NewLogin(Value):
    """A person about to get a login. ``person`` names somebody the papers already know; without it the person is new.
    ``identity`` is the sealed identity number, which makes the login the only one of its owner."""

    name: LoginName
    person_name: str
    person: PersonId | None = None
    identity: Sealed | None = None
    password_hash: str | None = None


class Login(Value):
    """A login without its secrets."""

    person: PersonId
    name: str
    person_name: str
    identity: str
    has_password: bool
    has_second_factor: bool
    made_at: Instant
    closed_at: Instant | None


class Credentials(Value):
    """What a sign-in is proved against; never leaves the service."""

    person: PersonId
    name: str
    password_hash: str | None
    totp: Sealed | None
    totp_step: int


class Attempts(Value):
    """Failures to sign in counted against one login name or one address."""

    failures: int = 0
    since: str = ""
    locked_until: str = ""


class Session(Value):
    """A signed-in browser. ``id`` names it in lists; the secret is with the browser alone."""

    id: int
    person: PersonId
    made_at: Instant
    seen_at: Instant
    ends_at: Instant
    second_factor: bool
    address: str
    agent: str


class AtDoor(Value):
    """What stands behind the door a caller knocks at: the book of this id, if there is one, and where it lies."""

    id: BookId
    book: Book | None
    place: Place


class SignedIn(Value):
    """What one question to the database knows about a session: who, until when, with which roles, at which door.

    ``must_prove`` says that the second factor is set up and not yet given: until then the session opens nothing.
    """

    session: Session
    person_name: str
    login: str
    must_prove: bool
    rights: Rights
    door: AtDoor | None = None


class NewToken(Value):
    """A token about to be made: what it may do, in which books (none: wherever its owner may), until when."""

    name: Annotated[str, Meta(min_length=1, max_length=80)]
    deeds: Sequence[Deed]
    until: Instant
    books: Sequence[BookId] = ()


class Token(Value):
    """A token without its secret. It never does more than its owner may at that moment."""

    id: int
    person: PersonId
    name: str
    deeds: tuple[Deed, ...]
    books: tuple[BookId, ...]
    made_at: Instant
    until: Instant
    last_used_at: Instant | None
    ended_at: Instant | None


class TokenUse(Value):
    """What one question to the database knows about a token: whose, until when, with which roles, at which door."""

    token: Token
    person_name: str
    login: str
    rights: Rights
    door: AtDoor | None = None
