"""What the log says of a detail.

>>> from schemas.charts import KeptBy
>>> added_text(Detail(code="饲料", name="饲料", kind=KeptBy.NAME, unit="吨"))
'name 饲料 吨'
"""

from schemas.books import Detail


def added_text(detail: Detail) -> str:
    """A detail as the log keeps it when it is added: kind, name and unit; the proof reads it again."""
    return " ".join(filter(None, (detail.kind.value, detail.name, detail.unit)))
