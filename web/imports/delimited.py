r"""Tables as text: cells between commas, tabs, semicolons or bars.

>>> rows_in('村编码\t人口\n="450000101200"\t4\n')
[['村编码', '人口'], ['450000101200', '4']]
"""

import csv
import re
from io import StringIO

_FORMULA = re.compile(r'^="(.*)"$', re.DOTALL)


def rows_in(text: str) -> list[list[str]]:
    """The cells of a text, row by row; what spreadsheets write around a code to keep it a text is taken off."""
    head = text[:4000]
    delimiter = max("\t,;|", key=head.count)
    read = csv.reader(StringIO(text), delimiter=delimiter)
    return [[_FORMULA.sub(r"\1", cell.strip("\t")) for cell in row] for row in read]
