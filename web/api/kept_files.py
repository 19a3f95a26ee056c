"""The bytes of a file the books rely on, as an address of the API answers with them."""

from schemas.evidence import EvidenceFile, Sha256
from web.api.route import Call, File
from web.database import Connection
from web.kept_files import kept_file


def handed_out(db: Connection, call: Call[object, object], sha256: Sha256, *, name: str) -> File:
    """A file of the book or township the path names, under the name it has there."""
    return sent(call, kept_file(db, sha256, chain=call.book, name=name))


def sent(call: Call[object, object], file: EvidenceFile) -> File:
    """The bytes of a file the caller may see, under its name; refused where they are not whole."""
    return File(
        content=call.house.evidence.read(file),
        media_type=file.media_type.value,
        name=file.name,
        digest=file.sha256,
    )
