"""A pack is dropped, read dry beside the page, confirmed and taken in; nothing is written before that."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from litestar.testing import TestClient
from openpyxl import load_workbook
from sqlalchemy import Connection

from tests.accessibility import barriers
from tests.handover import PACKS
from tests.pages.conftest import Desk, Reader, Site, settings_of
from tests.people import PASSWORD, a_login, with_role
from tests.running import application, serving
from web import clock
from web.auth.keys import Keys
from web.database import prepare, writing_engine
from web.settings import Settings

FOR_THE_PLACE, FOR_A_BOOK = "罗进包", "覃会计"


def _people(db: Connection, settings: Settings) -> None:
    for name, scope in ((FOR_THE_PLACE, "place:450000"), (FOR_A_BOOK, "place:110000")):
        a_login(db, name, password=PASSWORD)
        with_role(db, name, "accountant", scope)
    _, at = clock.now()
    Keys(settings.key_file).ready(db, at=at)


@pytest.fixture
def empty_house(tmp_path: Path) -> Settings:
    settings = settings_of(tmp_path / "house")
    engine = writing_engine(settings.database_url)
    prepare(engine)
    with engine.begin() as db:
        _people(db, settings)
    engine.dispose()
    return settings


@pytest.fixture
def empty_site(empty_house: Settings) -> Iterator[Site]:
    with application(empty_house) as app, TestClient(app, raise_server_exceptions=True) as client:
        yield Site(client)


@pytest.fixture(scope="module")
def zipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("zips")
    for name in ("clean-small", "dirty"):
        shutil.make_archive(str(folder / name), "zip", PACKS, name)
    return folder


def handed_in(reader: Reader, file: Path) -> httpx.Response:
    """The page of a pack once it was read."""
    content = (file.name, file.read_bytes(), "application/zip")
    return settled(reader, reader.send(reader.get("/import"), "/import", pack=content))


def settled(reader: Reader, page: httpx.Response) -> httpx.Response:
    """The page when nothing runs any more, asked again as the page itself does."""
    deadline = time.monotonic() + 60
    while "data-again" in page.text:
        assert time.monotonic() < deadline, "it never ends"
        page = reader.get(page.url.path)
    return page


def test_a_pack_is_read_shown_confirmed_and_in_the_books(empty_site: Site, zipped: Path) -> None:
    importer = empty_site.of(FOR_THE_PLACE)
    page = handed_in(importer, zipped / "clean-small.zip")
    assert "将写入的内容" in page.text
    assert "目前账内尚未写入一行" in page.text
    assert importer.get("/books/qingshuihezuoshe").status_code == 404, "nothing is written before"
    done = settled(importer, importer.send(page, f"{page.url.path}/confirm"))
    assert "✓ 已导入" in done.text
    assert 'href="/books/qingshuihezuoshe"' in done.text
    assert importer.get("/books/qingshuihezuoshe").status_code == 200
    again = handed_in(importer, zipped / "clean-small.zip")
    assert "移交包没有新内容" in again.text


def test_a_dirty_pack_names_every_defect_at_its_cell(empty_site: Site, zipped: Path) -> None:
    importer = empty_site.of(FOR_THE_PLACE)
    page = handed_in(importer, zipped / "dirty.zip")
    assert "处须改正" in page.text
    assert "已自动修正" in page.text
    assert "将写入的内容" not in page.text
    refused = importer.client.post(
        f"{page.url.path}/confirm",
        data={"csrf": page.text.split('name="csrf" value="')[1].split('"')[0]},
        headers={"Accept": "text/html"},
    )
    assert refused.status_code == 409


def test_the_files_of_a_folder_are_a_pack(empty_site: Site) -> None:
    importer = empty_site.of(FOR_THE_PLACE)
    page = importer.get("/import")
    csrf = page.text.split('name="csrf" value="')[1].split('"')[0]
    pack = PACKS / "clean-small"
    files = [
        ("files", (f"clean-small/{file.relative_to(pack).as_posix()}", file.read_bytes()))
        for file in sorted(pack.rglob("*"))
        if file.is_file() and file.suffix in {".xlsx", ".png", ".jpg", ".jpeg", ".pdf"}
    ]
    answer = importer.client.post(
        "/import", data={"csrf": csrf}, files=files, headers={"Accept": "text/html"}, follow_redirects=True
    )
    page = settled(importer, answer)
    assert "<h1>clean-small</h1>" in page.text
    assert "将写入的内容" in page.text


@pytest.mark.parametrize(
    ("names", "status", "says"),
    [
        ([], 422, "没有交来文件"),
        (["../../x.xlsx"], 422, "越出移交包"),
        (["a/x.xlsx", "a/x.xlsx"], 422, "有两个文件都叫"),
    ],
)
def test_files_that_are_no_pack_are_refused(
    empty_site: Site, names: list[str], status: int, says: str
) -> None:
    importer = empty_site.of(FOR_THE_PLACE)
    csrf = importer.get("/import").text.split('name="csrf" value="')[1].split('"')[0]
    answer = importer.client.post(
        "/import",
        data={"csrf": csrf},
        files=[("files", (name, b"x")) for name in names] or [("pack", ("", b""))],
        headers={"Accept": "text/html", "Accept-Language": "zh-CN"},
    )
    assert (answer.status_code, says in answer.text) == (status, True)


def test_something_that_is_no_zip_is_named(empty_site: Site, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"no zip")
    page = handed_in(empty_site.of(FOR_THE_PLACE), tmp_path / "a.zip")
    assert "整个移交包" in page.text


def test_a_pack_of_another_place_is_refused_and_nothing_is_written(empty_site: Site, zipped: Path) -> None:
    stranger = empty_site.of(FOR_A_BOOK)
    page = handed_in(stranger, zipped / "clean-small.zip")
    assert "您的角色无权导入" in page.text
    assert "未写入任何内容" in page.text


def test_nobody_sees_the_pack_of_another(empty_site: Site, zipped: Path) -> None:
    page = handed_in(empty_site.of(FOR_THE_PLACE), zipped / "clean-small.zip")
    assert empty_site.of(FOR_A_BOOK).get(page.url.path).status_code == 404
    assert empty_site.of(FOR_THE_PLACE).get("/import/none").status_code == 404


def test_a_missing_number_is_confirmed_with_a_reason(empty_site: Site, tmp_path: Path) -> None:
    pack = tmp_path / "gap"
    shutil.copytree(PACKS / "clean-small", pack)
    _without_the_last_but_one(pack)
    importer = empty_site.of(FOR_THE_PLACE)
    page = handed_in(importer, Path(shutil.make_archive(str(tmp_path / "gap"), "zip", tmp_path, "gap")))
    assert "将写入的内容" in page.text, page.text
    assert "断号" in page.text
    silent = importer.send(page, f"{page.url.path}/confirm", reason=" ")
    assert silent.status_code == 422
    assert "reason-wrong" in silent.text
    done = settled(importer, importer.send(page, f"{page.url.path}/confirm", reason="覃会计：凭证作废未用"))
    assert "✓ 已导入" in done.text


def _without_the_last_but_one(pack: Path) -> None:
    """Take a bank-interest voucher of two lines out of the cooperative's workbook; a scan of it goes too."""
    (file,) = pack.glob("合作社-*.xlsx")
    workbook = load_workbook(file)
    sheet = workbook["凭证"]
    columns = {cell.value: index for index, cell in enumerate(sheet[1])}
    numbers = [row[columns["凭证号"]].value for row in sheet.iter_rows(min_row=2)]
    gone = next(
        row[columns["凭证号"]].value
        for row in sheet.iter_rows(min_row=2)
        if "利息" in str(row[columns["摘要"]].value)
    )
    for index in range(len(numbers) - 1, -1, -1):
        if numbers[index] == gone:
            sheet.delete_rows(index + 2)
    workbook.save(file)
    for scan in pack.rglob(f"*{gone}*"):
        scan.unlink()


def test_a_pack_is_thrown_away(empty_site: Site, zipped: Path) -> None:
    importer = empty_site.of(FOR_THE_PLACE)
    page = handed_in(importer, zipped / "clean-small.zip")
    assert "移交包已清除" in importer.send(page, f"{page.url.path}/drop").text
    assert importer.get(page.url.path).status_code == 404


def test_who_imports_nothing_has_no_such_page(site: Site) -> None:
    for who in ("韦审核", "黄出纳", "零管理", "莫审计"):
        assert site.of(who).get("/import").status_code == 403


def test_the_pages_work_in_a_browser_and_are_clean(
    empty_house: Settings, page: "Desk", screen: str, zipped: Path
) -> None:
    with serving(empty_house) as base:
        desk = Desk(page, base)  # type: ignore[arg-type]
        shown = desk.sign_in(FOR_THE_PLACE)
        desk.go("/import")
        assert barriers(shown) == []
        shown.set_input_files("#pack", str(zipped / "dirty.zip"))
        shown.click("form.drop button.primary")
        shown.wait_for_selector(".places")
        assert barriers(shown) == []
        desk.go("/import")
        shown.set_input_files("#pack", str(zipped / "clean-small.zip"))
        shown.click("form.drop button.primary")
        shown.click("text=全部导入")
        shown.wait_for_selector("text=✓ 已导入")
        assert barriers(shown) == []
