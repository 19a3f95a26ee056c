"""The herd's pages: animals are entered together, a death keeps its proof, a refused form keeps what was typed."""

from pathlib import Path

from tests.pages.conftest import BOOK, Desk, Site
from tests.pages.test_looks import look_at
from tests.pages.test_vouchers import SCAN, said

HERD = f"/books/{BOOK}/herd"
CAME = {"on": "2025-12-28", "origin": "born", "batch": "Q2501", "owner": "Q0002", "keeper": "Q0002"}
TAG = "245000010109901"


def test_animals_come_and_one_dies_with_its_proof(site: Site) -> None:
    reader = site.of("韦计分")
    assert f"{HERD}/new" in reader.get(HERD).text
    page = reader.get(f"{HERD}/new")
    wrong = reader.send(page, f"{HERD}/new", **(CAME | {"batch": "Q99"}), **{"items-0-ear_tag": TAG})
    assert (wrong.status_code, "账套没有批次Q99" in wrong.text, TAG in wrong.text) == (422, True, True)
    rows = {"items-0-ear_tag": TAG, "items-0-weight": "35.5", "items-1-ear_tag": "245000010109902"}
    assert "已登记2头牛只" in said(reader.send(page, f"{HERD}/new", **CAME, **rows))
    at = f"{HERD}/{TAG}"
    animal = reader.get(at)
    assert "35.5" in animal.text
    unproved = reader.send(animal, f"{at}/leave", state="dead", on="2025-12-29")
    assert (unproved.status_code, "死亡须有证明" in unproved.text) == (422, True)
    photo = ("死亡照片.png", Path(SCAN).read_bytes(), "image/png")
    dead = reader.send(animal, f"{at}/leave", state="dead", on="2025-12-29", note="难产", files=photo)
    assert "已登记" in said(dead)
    proof = next(part for part in dead.text.split('"') if "/proofs/" in part)
    assert reader.get(proof).content == Path(SCAN).read_bytes()
    assert reader.get(f"{HERD}/000").status_code == 404
    assert site.of("莫审计").get(f"{HERD}/new").status_code == 403


def test_the_herds_pages_are_fit_for_desk_and_phone(desk: Desk, screen: str) -> None:
    desk.sign_in("韦计分")
    page = desk.go(f"{HERD}/new")
    page.wait_for_selector("#sheet[data-ready]")
    page.locator("#batch").fill("Q2501")
    page.locator("#owner").fill("Q0002")
    page.locator("[name=items-0-ear_tag]").fill(TAG)
    page.keyboard.press("F8")
    page.wait_for_selector("[role=status], [role=alert]")
    assert "已登记1头牛只" in page.inner_text("main")
    pages = {"herd-new": f"{HERD}/new", "animal": f"{HERD}/{TAG}"}
    assert look_at(desk, pages, screen) == []
