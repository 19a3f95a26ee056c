"""Figures from outside over HTTP: collected from a file, compared, doubted and answered, reviewed, entered; and what counts."""

from typing import Annotated, Any

from msgspec import Meta

from coop.figures import actions, queries
from coop.figures.rules import MOST_TEXT
from ledger.evidence import rules as evidence_rules
from ledger.seal.rules import digest_of_bytes
from schemas.access import Deed
from schemas.evidence import TABLES
from schemas.figures import DoubtKey, NewParcel, Parcel
from schemas.units import Period, Value
from web.api.kept_files import handed_out
from web.api.route import Call, File, Nothing, Routes, Upload
from web.database import Connection
from web.exports.figures import template
from web.exports.routes import MEDIA
from web.figure_answers import (
    FiguresOfMonth,
    ParcelAnswer,
    ParcelsOfTownship,
    figures_of_month,
    parcel_answer,
    parcels_of,
    read_parcel,
)

routes = Routes("Figures from outside 外部数据")
_FIGURES = "/townships/{township}/figures"
_PARCEL = f"{_FIGURES}/{{parcel}}"
Reason = Annotated[str, Meta(min_length=1, max_length=MOST_TEXT)]


class ParcelQuery(Value):
    """Which parcels: of a month."""

    month: Period | None = None


class FileQuery(Value):
    """The month the figures are of, and the name of the file that is the body."""

    month: Period
    name: Annotated[str, Meta(min_length=1, max_length=200)]


class DoubtsAnswered(Value):
    """The same reason for some doubts, by their keys."""

    doubts: Annotated[tuple[DoubtKey, ...], Meta(min_length=1)]
    text: Reason


class DoubtsToAnswer(Value):
    """Reasons why doubted figures are kept."""

    answers: Annotated[tuple[DoubtsAnswered, ...], Meta(min_length=1)]


class ParcelReturn(Value):
    """Why a parcel is sent back."""

    text: Reason


@routes.reads(_FIGURES, deed=Deed.SEE_TOWNSHIP, query=ParcelQuery, answers=ParcelsOfTownship)
def list_parcels(db: Connection, call: Call[ParcelQuery, Nothing]) -> ParcelsOfTownship:
    """The parcels of figures from outside 外部数据 of a township, the newest first, with every gate they went through."""
    return parcels_of(db, township=call.township, month=call.query.month)


@routes.reads(f"{_FIGURES}/of/{{period}}", deed=Deed.SEE_TOWNSHIP, answers=FiguresOfMonth)
def read_figures_of_month(db: Connection, call: Call[Nothing, Nothing]) -> FiguresOfMonth:
    """What counts of a month: of each village and household the figures that were entered last, and nothing that was not
    entered."""
    return figures_of_month(db, township=call.township, month=call.path["period"])


@routes.reads(f"{_FIGURES}/template", deed=Deed.SEE_TOWNSHIP, answers=File)
def read_figures_template(db: Connection, call: Call[Nothing, Nothing]) -> File:
    """The blank workbook departments fill in: a row for each village, and for each household figures are known of."""
    content = template(db, township=call.township)
    return File(
        content=content, media_type=MEDIA["xlsx"], name="外部数据.xlsx", digest=digest_of_bytes(content)
    )


def _received(call: Call[Any, Upload]) -> NewParcel:
    return read_parcel(
        call.body.content, name=call.query.name, month=call.query.month, store=call.house.evidence
    )


@routes.acts(
    _FIGURES,
    deed=Deed.COLLECT_FIGURES,
    query=FileQuery,
    content=Upload,
    answers=ParcelAnswer,
    status=201,
    keyed=False,
    value_moves=False,
    takes=(*(kind.value for kind in TABLES), "application/octet-stream"),
    most=evidence_rules.BIGGEST_FILE + 1,
    receives=_received,
)
def collect_figures(db: Connection, call: Call[FileQuery, NewParcel]) -> ParcelAnswer:
    """Collect 采集 the figures of a month from a file, which is the body: an Excel workbook with the sheets 村 and 户, or CSV.
    Whatever is not certain is refused at once, each cell by its sheet, row and column; the same file twice is refused."""
    made = actions.collect(db, call.body, township=call.township, by=call.by, on=call.on, at=call.at)
    return _answer(db, call, made)


@routes.reads(_PARCEL, deed=Deed.SEE_TOWNSHIP, answers=ParcelAnswer)
def read_parcel_of_figures(db: Connection, call: Call[Nothing, Nothing]) -> ParcelAnswer:
    """A parcel beside the month before and our own figures 比对, and the list of doubts 疑点 with their answers."""
    return _answer(db, call, queries.parcel(db, township=call.township, number=call.path["parcel"]))


@routes.reads(f"{_PARCEL}/file", deed=Deed.SEE_EVIDENCE, answers=File)
def read_parcel_file(db: Connection, call: Call[Nothing, Nothing]) -> File:
    """The file of a parcel as it came."""
    one = queries.parcel(db, township=call.township, number=call.path["parcel"])
    return handed_out(db, call, one.sha256, name=one.name)


@routes.acts(
    f"{_PARCEL}/answers",
    deed=Deed.COLLECT_FIGURES,
    content=DoubtsToAnswer,
    answers=ParcelAnswer,
)
def answer_doubts(db: Connection, call: Call[Nothing, DoubtsToAnswer]) -> ParcelAnswer:
    """Say why doubted figures are kept 说明, by the keys of the doubts. Of a doubt something of which has moved since the key is
    another."""
    said = {key: one.text for one in call.body.answers for key in one.doubts}
    return _answer(db, call, actions.answer(db, said, **_at(call)))


@routes.acts(f"{_PARCEL}/review", deed=Deed.REVIEW_FIGURES, answers=ParcelAnswer)
def review_figures(db: Connection, call: Call[Nothing, Nothing]) -> ParcelAnswer:
    """Review a parcel 审核, as another person than who collected it; every doubt has its answer."""
    return _answer(db, call, actions.review(db, **_at(call)))


@routes.acts(f"{_PARCEL}/return", deed=Deed.REVIEW_FIGURES, content=ParcelReturn, answers=ParcelAnswer)
def return_figures(db: Connection, call: Call[Nothing, ParcelReturn]) -> ParcelAnswer:
    """Send a parcel back that was not entered 退回, with the reason; what is wrong is corrected by a new file."""
    return _answer(db, call, actions.send_back(db, text=call.body.text, **_at(call)))


@routes.acts(f"{_PARCEL}/entry", deed=Deed.REVIEW_FIGURES, answers=ParcelAnswer)
def enter_figures(db: Connection, call: Call[Nothing, Nothing]) -> ParcelAnswer:
    """Enter a reviewed parcel 入库, as another person than who collected it: it counts from now on, alerts of red lines it breaks
    are opened, and those it keeps again are cured."""
    return _answer(db, call, actions.enter(db, **_at(call)))


def _at(call: Call[Any, Any]) -> dict[str, Any]:
    return {
        "township": call.township,
        "number": call.path["parcel"],
        "by": call.by,
        "on": call.on,
        "at": call.at,
    }


def _answer(db: Connection, call: Call[Any, Any], one: Parcel) -> ParcelAnswer:
    return parcel_answer(db, one, township=call.township, on=call.on)
