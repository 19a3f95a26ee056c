"""The order a resolution gave to equals, as a form gives it: a place for each of them, and one scan."""

from schemas.evidence import EvidenceFile
from schemas.problems import Fault, Refusal
from web.pages.route import Visit
from web.pages.voucher import kept_files

places_must_be_whole = Fault(
    code="places_must_be_whole",
    says="The places 1 to {count} must each be given once.",
    remedy="Number those who are equal as the resolution puts them, 1 for the highest.",
)
scan_must_be_there = Fault(
    code="scan_must_be_there",
    says="The resolution's scan must come with the order.",
    remedy="Choose one file.",
)


async def order_from(visit: Visit) -> tuple[tuple[str, ...], EvidenceFile]:
    """Who comes where by the form, and the scan of the resolution, kept; refused where a place is not given just once, or
    there is not one scan."""
    files = await kept_files(visit)
    if len(files) != 1:
        raise Refusal(scan_must_be_there.at("/files"))
    numbers = {who: visit.field(f"place-{no}") for no, who in enumerate(visit.fields("who"))}
    if sorted(numbers.values()) != sorted(str(no) for no in range(1, len(numbers) + 1)):
        raise Refusal(places_must_be_whole.at("/who", count=len(numbers)))
    return tuple(sorted(numbers, key=lambda who: int(numbers[who]))), files[0]
