"""Places and the units that keep books there, as values."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from schemas.units import BookId, Counted, Instant, PersonId, Value


class PlaceLevel(StrEnum):
    """The level of a place 行政区划. Its code is the statutory 12-digit code up to where the level ends: 2, 4, 6,
    9 or 12 digits, so the code of the place above is a prefix. The statistics end at the village: a group 村民小组 has its
    village's twelve digits and two of the house's own."""

    PROVINCE = "province"
    PREFECTURE = "prefecture"
    COUNTY = "county"
    TOWNSHIP = "township"
    VILLAGE = "village"
    GROUP = "group"


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


PlaceName = Annotated[str, Meta(min_length=1, max_length=80)]
CodeInTree = Annotated[str, Meta(min_length=1, max_length=40)]


class NewPlace(Value):
    """A place as it is entered; its level and the place above are in its code. ``kind`` is said of villages only."""

    code: CodeInTree
    name: Annotated[str, Meta(max_length=80)]
    kind: VillageKind | None = None


class PlaceRename(Value):
    """Another name of a place, and the first day it counts."""

    code: CodeInTree
    name: PlaceName
    since: date


class PlaceEnding(Value):
    """That a place is no more 撤销, and the day it is not any longer; ``into`` is the place it was merged into 并入, empty
    where none took it over."""

    code: CodeInTree
    since: date
    into: Annotated[str, Meta(max_length=40)] = ""


class PlaceChange(Value):
    """A renaming or the end of a place, in the order entered: what it was called before, what it is called since, whether it
    ended and into which place it went."""

    code: str
    number: Counted
    since: date
    was: str
    name: str
    ended: bool
    into: str
    by: PersonId
    at: Instant


class PlaceNode(Value):
    """A place in the tree: how many places lie right below it, how many villages and books anywhere in it, and since when it
    is no more, with the place it was merged into."""

    code: str
    name: str
    level: PlaceLevel
    kind: VillageKind | None
    below: int
    villages: int
    books: int
    ended: date | None
    into: str


class PlaceTree(Value):
    """A place with what lies right below it, as it was called on a day; without a place, the widest that are seen. ``above``
    are the places it lies in, the widest first; ``books`` are those at home in a village."""

    as_of: date
    place: PlaceNode | None
    above: tuple[Place, ...]
    items: tuple[PlaceNode, ...]
    books: tuple[BookId, ...]
    changes: tuple[PlaceChange, ...]


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
