"""Events of the field 经济业务 as values: the lines a voucher begins with, so that nobody types them twice."""

from schemas.charts import MovementType, Side
from schemas.units import Value


class EventLine(Value):
    """A line of an event: which account on which side; amounts and details are the preparer's."""

    account: str
    side: Side
    summary: str = ""
    detail: str = ""
    movement: MovementType | None = None


class Event(Value):
    """An event a voucher is prepared for: its name, its lines, and the papers that prove it."""

    id: str
    group: str
    zh: str
    en: str
    lines: tuple[EventLine, ...]
    papers: str = ""
