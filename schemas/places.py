"""Places and the units that keep books there, as values."""

from datetime import date
from enum import StrEnum

from schemas.units import BookId, PersonId, Value


class PlaceLevel(StrEnum):
    """The level of a place 行政区划. Its code is the statutory 12-digit code up to where the level ends: 2, 4, 6,
    9 or 12 digits, so the code of the place above is a prefix."""

    PROVINCE = "province"
    PREFECTURE = "prefecture"
    COUNTY = "county"
    TOWNSHIP = "township"
    VILLAGE = "village"


class VillageKind(StrEnum):
    """村类别: 一般村, 脱贫村."""

    ORDINARY = "ordinary"
    POVERTY_EXIT = "poverty_exit"


class Place(Value):
    """A place. ``kind`` is said of villages only; ``parent`` is empty where the place above is not known."""

    code: str
    name: str
    level: PlaceLevel
    kind: VillageKind | None = None
    parent: str = ""


class BookPlace(Value):
    """Where the unit of a book is at home."""

    book: BookId
    village: str
    township: str


class Post(StrEnum):
    """An office of the unit: 理事长, 会计, 出纳, 计分员."""

    CHAIR = "chair"
    ACCOUNTANT = "accountant"
    CASHIER = "cashier"
    SCORE_KEEPER = "score_keeper"


class Office(Value):
    """Who holds an office of the unit in a year."""

    year: int
    post: Post
    person: PersonId


class NewUnit(Value):
    """The facts of a unit as they come in; ``bank_account`` in the clear, to be sealed."""

    credit_code: str
    founded_on: date
    bank: str = ""
    bank_account: str = ""


class Unit(Value):
    """The facts of the unit that keeps a book: 统一社会信用代码 (public), 建账日期, 开户行, and its account number
    masked. Its names are the book's."""

    book: BookId
    credit_code: str
    founded_on: date
    bank: str
    bank_account: str
