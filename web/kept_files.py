"""A file that a book, a township or the house relies on, found to be handed out under the name it has where it hangs."""

from msgspec.structs import replace

from ledger.evidence import queries
from schemas.evidence import EvidenceFile, Sha256
from schemas.problems import Refusal, RefusalKind
from schemas.units import BookId
from web.database import Connection
from web.evidence_store import kept_file_must_be_whole


def kept_file(db: Connection, sha256: Sha256, *, chain: BookId, name: str) -> EvidenceFile:
    """A file of a book's, a township's or the house's chain. Whoever asks was shown that it hangs there, so that one whose row
    is gone is refused as one whose bytes are."""
    found = queries.files(db, book=chain, sha256=[sha256]).get(sha256)
    if found is None:
        raise Refusal(kept_file_must_be_whole.at("/sha256", name=name, sha256=sha256), kind=RefusalKind.STATE)
    return replace(found, name=name)
