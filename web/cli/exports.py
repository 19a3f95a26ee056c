"""``export``: a whole book in a file."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

import click

from ledger.proof import queries as proof
from schemas.books import Book
from web.cli.command import Place, command
from web.cli.house import House
from web.database import Connection
from web.exports.book_json import book_json
from web.exports.books import whole_book
from web.exports.gbt24589 import NOTICE, book_xml
from web.exports.spreadsheets import workbook
from web.i18n.words import N_

FORMATS = ("beancount", "xlsx", "json", "gbt24589")


@command(
    says=N_(
        "Write a whole book to FILE.\n\n"
        "beancount: text that bean-check passes and Fava opens, equal balances asserted at the end. xlsx: a workbook for "
        "people. json: everything, with the chain that seals it. gbt24589: XML with the field names of GB/T 24589.1-2010; "
        "it is not certified."
    )
)
@click.argument("book")
@click.argument("file", type=Place())
@click.option("--to", "form", type=click.Choice(FORMATS), required=True, help=N_("What FILE becomes."))
def export(house: House, book: str, file: str, form: str) -> None:
    """Write a book."""
    found, place = house.book(book), Path(file)
    with house.read() as db:
        size = write_whole(place, _pieces(house, db, found, form))
    house.tell(N_("{book}: {size} bytes written to {file}"), book=found.short_name, size=size, file=place)
    if form == "gbt24589":
        house.write(NOTICE)


def _pieces(house: House, db: Connection, book: Book, form: str) -> Iterable[bytes]:
    if form == "xlsx":
        return (workbook(whole_book(db, book=book, locale=house.language)),)
    if form == "beancount":
        return _encoded(proof.beancount(db, book=book))
    if form == "json":
        return _encoded(book_json(db, book=book, at=house.now()[1]))
    return _encoded(book_xml(db, book=book, version=version("lianjian")))


def _encoded(text: Iterable[str]) -> Iterator[bytes]:
    return (piece.encode() for piece in text)


def write_whole(place: Path, pieces: Iterable[bytes]) -> int:
    """Write a file whole or not at all; returns its size in bytes."""
    handle, name = tempfile.mkstemp(prefix=f".{place.name}-", dir=place.parent)
    waiting = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                file.write(piece)
            size = file.tell()
        waiting.chmod(0o640)
        waiting.replace(place)
    except BaseException:
        waiting.unlink(missing_ok=True)
        raise
    return size
