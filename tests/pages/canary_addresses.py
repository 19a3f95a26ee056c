"""Where the house of canaries is asked: real addresses of every route that is read, what stands behind their question marks,
and the routes that have nothing to answer there."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from ledger.assets.rules import month_of
from tests.contracts.village import CONTRACT, POND
from tests.pages.canaries import canary_pack
from tests.pages.canary_acts import TIERS, TOWNSHIP
from tests.pages.conftest import BOOK, VILLAGE
from tests.pages.told import Door
from web import clock
from web.pages.rendering import month_code

AT = f"/books/{BOOK}"
API = f"/api/v1/books/{BOOK}"
RUN = f"{BOOK}.dividend.2025.1"
ORDER = f"{BOOK}.labour.{clock.now()[0].year}.1"
HOUSEHOLDS = ("HQ001", "HQ009")
EXPORTS = (
    "trial-balance.xlsx", "trial-balance.csv", "trial-balance.pdf", "ledger.xlsx?account=102", "ledger.csv?account=301",
    "ledger.pdf?account=213", "general-ledger.xlsx", "general-ledger.pdf?account=102", "quantities.csv?account=141",
    "vouchers.xlsx", "vouchers.csv", "vouchers.pdf", "chart.csv", "log.xlsx", "log.csv", "log.pdf",
    "bank-reconciliation.xlsx", f"run.xlsx?run={RUN}", f"run.csv?run={RUN}", f"run.pdf?run={RUN}",
    f"run-notice.pdf?run={RUN}", f"run-notice.csv?run={RUN}", "book.xlsx", "voucher.pdf?id=1&id=2&id=3&id=4&id=5",
    "balance-sheet.xlsx", "surplus.pdf", "equity.xlsx",
)  # fmt: skip
TOWNSHIP_EXPORTS = (
    f"run.xlsx?run={TIERS}", f"run.csv?run={TIERS}", f"run.pdf?run={TIERS}",
    f"run-notice.pdf?run={TIERS}", f"run-notice.csv?run={TIERS}",
)  # fmt: skip
REGISTER_FORMS = ("cash", "joining", "heir", "payee", "leaving", "death", "transfer", "withdrawal")


def parts_of_paths(door: Door) -> Mapping[str, Sequence[str]]:
    """What to put for each part of a path: things that are there, those with a canary among them."""
    accountant = door.of("覃会计")

    def listed(path: str, field: str, most: int = 2) -> tuple[str, ...]:
        items = accountant.get(path).json()["items"]
        return tuple(str(one[field]) for one in items[:most])

    vouchers = listed(f"{API}/vouchers?limit=40", "id", 30)
    papers = re.findall(
        r"/files/([0-9a-f]{64})", "".join(accountant.get(f"{AT}/vouchers/{one}").text for one in vouchers)
    )
    return {
        "book": (BOOK, VILLAGE),
        "voucher": vouchers[:10],
        "code": ("102", "301", "213"),
        "account": ("102",),
        "period": ("2025-05", "2025-12"),
        "year": ("2025",),
        "form": ("balance-sheet", "surplus", "equity"),
        "line": ("1",),
        "member": ("Q0002", "Q0003", "Q0004", "Q0009", "Q0010"),
        "payee": ("Q0002", "Q0009"),
        "household": (*HOUSEHOLDS, "HQ002"),
        "act": ("1", "2", "3", "4"),
        "alert": ("1",),
        "kind": REGISTER_FORMS,
        "tag": listed(f"{API}/animals", "ear_tag"),
        "ear_tag": listed(f"{API}/animals", "ear_tag"),
        "run": (RUN, f"{BOOK}.commission.2025.1"),
        "version": ("1",),
        "batch": ("1", "2", "3"),
        "number": ("1", "2", "3"),
        "person": tuple(str(number) for number in range(1, 6)),
        "digest": papers[:1],
        "sha256": papers[:1],
        "paper": (paper_of_tiers(door),),
        "file": EXPORTS,
        "card": ("1",),
        "name": ("app.css",),
        "township": (TOWNSHIP,),
        "place": ("450000",),
        "parcel": (handed_in(door),),
        "webhook": ("1",),
    }


def parts_for(template: str, parts: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
    """What to put for the parts of this path. A file that is set as paper is asked for two of each."""
    if template.endswith((".pdf", ".xlsx")):
        return {**parts, "member": ("Q0004", "Q0009"), "household": HOUSEHOLDS}
    if "{township:" in template:
        papers = tuple(dict.fromkeys((*parts["digest"], *parts["paper"])))
        frozen = "/snapshots/" in template or "/lists/" in template or "/figures/" in template
        more = {"village": ("450000101201",), "person": ("蓝永忠",), "when": ("2025",)}
        more["period"] = ("2025-12",) if frozen else ("2025",)
        return {
            **parts,
            **more,
            "run": (str(TIERS),),
            "parcel": ("1",),
            "file": TOWNSHIP_EXPORTS,
            "digest": papers,
            "sha256": papers,
        }
    if "{place:str}/villages/" in template:
        return {**parts, "village": ("450000101201",)}
    if "{place:str}/exports/" in template:
        return {**parts, "file": ("villages.xlsx", "villages.csv", "villages.pdf", "income-analysis.xlsx")}
    if "{place:str}/reports" in template:
        reported = {"place": (TOWNSHIP, TOWNSHIP[:6]), "period": ("2025-12",)}
        return {**parts, **reported, "file": ("2025-12.pdf", "2025-12.xlsx")}
    if template == "/lists/{code:str}/{month:str}":
        return {"code": (TOWNSHIP, "45"), "month": ("2025-12",)}
    if "/spot-checks" in template:
        drawn = (month_code(month_of(clock.now()[0])),)
        return {
            **parts,
            "period": drawn,
            "month": drawn,
            "unit": (BOOK,),
            "place": (TOWNSHIP,),
            "voucher": ("1",),
        }
    if "/contracts/" in template or "/inventory/items/" in template:
        return {**parts, "book": (VILLAGE,), "contract": (CONTRACT,), "item": (POND,)}
    if "{book:str}/alerts" in template:
        return {**parts, "book": ("450000101202",)}
    if template == "/notices/{run:str}":
        return {"run": (ORDER,)}
    return parts


def paper_of_tiers(door: Door) -> str:
    """The scan of the township's resolution, whose name is full of numbers."""
    (paper,) = door.of("农干部").get(f"/api/v1/townships/{TOWNSHIP}/runs/{TIERS}/documents").json()["items"]
    return str(paper["sha256"] if "sha256" in paper else paper["file"]["sha256"])


def handed_in(door: Door) -> str:
    """The pack on the accountant's import desk once more, read and tried out."""
    accountant = door.of("覃会计")
    page = accountant.send(
        accountant.get("/import"), "/import", files=("canaries.zip", canary_pack(), "application/zip")
    )
    parcel = page.url.path.rpartition("/")[2]
    for _ in range(200):
        if "aria-busy" not in accountant.get(f"/import/{parcel}").text:
            break
    return parcel


def addresses(template: str, parts: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Real addresses of a route."""
    names = re.findall(r"{(\w+):\w+}", template)
    one_book = None if names == ["book"] else 1
    choices = [parts.get(name, ("1",))[: one_book if name == "book" else None] for name in names]
    for values in product(*choices):
        path = template
        for name, value in zip(names, values, strict=True):
            path = path.replace(f"{{{name}:str}}", value)
        yield path


ASKED_WITH: Mapping[str, str] = {
    "/api/v1/places/{place:str}/data-quality": "month=2025-12",
    "/api/v1/books/{book:str}/statements/balance-sheet": "year=2025",
    "/api/v1/books/{book:str}/statements/surplus": "year=2025",
    "/api/v1/books/{book:str}/statements/equity": "year=2025",
    "/api/v1/books/{book:str}/cash-days": "month=2025-05",
    "/api/v1/books/{book:str}/members/{member:str}/account": "year=2025",
    "/api/v1/books/{book:str}/work-days": "month=2025-05",
    "/api/v1/books/{book:str}/work-days/vouchers": "month=2025-05",
    "/api/v1/books/{book:str}/trades": "month=2025-05",
    "/api/v1/books/{book:str}/policies/{year:str}/compare": "with=1",
    "/api/v1/books/{book:str}/managers": "year=2025",
    "/api/v1/books/{book:str}/ballots": "year=2025",
    "/api/v1/books/{book:str}/raters": "year=2025",
    "/api/v1/books/{book:str}/rating": "year=2025",
    "/api/v1/books/{book:str}/scores": "year=2025",
    "/capitals": "amount=1234.50",
    "/townships/{township:str}/runs/new": "year=2025",
    "/townships/{township:str}/policies/rewards/new": "year=2025",
}
"""What stands behind the question mark where an address needs it to be answered."""

NOT_ANSWERED: Mapping[str, str] = {
    "/api/v1/books/{book:str}/contracts/{contract:str}/papers/{sha256:str}": "a scan as it was handed in",
    "/books/{book:str}/contracts/no/{contract:str}/papers/{sha256:str}": "a scan as it was handed in",
    "/verify/{code:str}": "a code is shown by the page that carries it; asked for with canaries below",
    "/verify/{code:str}/qr.svg": "a picture of an address",
    "/api/v1/books/{book:str}/vouchers/{voucher:str}/payment-notice": "no voucher of this house landed from another book",
    "/api/v1/books/{book:str}/findings/{finding:str}/scan": "a scan as it was handed in",
    "/books/{book:str}/findings/{finding:str}/scan": "a scan as it was handed in",
    "/api/v1/books/{book:str}/assets/{card:str}": "the pack has no cards",
    "/books/{book:str}/assets/cards/{card:str}": "the pack has no cards",
    "/api/v1/books/{book:str}/policies/{year:str}/{version:str}/papers/{sha256:str}": "a scan as it was handed in",
    "/api/v1/books/{book:str}/procedure/{year:str}/{version:str}/papers/{sha256:str}": "a scan as it was handed in",
    "/api/v1/books/{book:str}/runs/{run:str}/documents/{sha256:str}": "a scan as it was handed in",
    "/api/v1/books/{book:str}/ballots/scans/{sha256:str}": "a scan as it was handed in",
    "/books/{book:str}/policies/{year:str}/{version:str}/papers/{digest:str}": "a scan as it was handed in",
    "/books/{book:str}/procedure/{year:str}/{version:str}/papers/{digest:str}": "a scan as it was handed in",
    "/books/{book:str}/runs/{run:str}/documents/{digest:str}": "a scan as it was handed in",
    "/books/{book:str}/scores/ballots/{year:str}/scans/{digest:str}": "a scan as it was handed in",
    "/books/{book:str}/herd/{tag:str}/proofs/{digest:str}": "a scan as it was handed in",
    "/books/{book:str}/households/{household:str}/papers/{run:str}/{digest:str}": "a scan as it was handed in",
    "/api/v1/books/{book:str}/appeals/{appeal:str}/papers/{sha256:str}": "a scan as it was handed in",
    "/api/v1/townships/{township:str}/appeals/{appeal:str}/papers/{sha256:str}": "a scan as it was handed in",
    "/api/v1/townships/{township:str}/policies/bonus/{year:str}/{version:str}/papers/{sha256:str}": "a scan as it was handed in",
    "/books/{book:str}/appeals/{number:str}/papers/{digest:str}": "a scan as it was handed in",
    "/townships/{township:str}/appeals/{number:str}/papers/{digest:str}": "a scan as it was handed in",
    "/townships/{township:str}/policies/bonus/{year:str}/{version:str}/papers/{digest:str}": "a scan as it was handed in",
    "/townships/{township:str}/appeals/{number:str}/second-look": "the appeal of this house is a cooperative's",
    "/books/{book:str}/appeals/{number:str}/second-look": "the appeal of this house was not answered yet",
    "/books/{book:str}/batches/{number:str}/sheet.pdf": "no batch of this house is paid in cash",
    "/books/{book:str}/households/cards.pdf": "cards are printed once, with codes and no number",
    "/books/{book:str}/procedure/{year:str}/{version:str}": "the pack has no procedure",
    "/books/{book:str}/runs/new": "every year that is over is shared out",
    "/books/{book:str}/statements": "leads to the first of them",
    "/books/{book:str}/vouchers/{voucher:str}/edit": "every voucher is posted",
    "/login/code": "everybody has proved who it is",
    "/townships/{township:str}/rewards/new": "no sheet of the township waits to be paid",
    "/books/{book:str}/member-accounts.pdf": "drawn up on demand; each member's own is asked for",
    "/books/{book:str}/member-accounts.xlsx": "drawn up on demand; each member's own is asked for",
    "/books/{book:str}/households/statements.pdf": "drawn up on demand; each household's own is asked for",
}
"""Routes that have nothing to answer in this house, and why that hides nothing. They are asked all the same."""
