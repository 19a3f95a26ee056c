"""One's own login: password, sessions, second factor, tokens."""

import re

from tests.pages.conftest import Reader, Site
from tests.pages.test_vouchers import said
from tests.people import PASSWORD
from web import clock
from web.auth import totp

NEW = "五月稻田 yellow ox"


def test_the_password_is_changed_and_other_sessions_end(site: Site) -> None:
    first, second = Reader(site.stranger.client).sign_in("覃会计"), site.of("覃会计")
    page = second.get("/me")
    wrong = second.send(page, "/me/password", old="no", new=NEW, again=NEW)
    assert wrong.status_code == 422
    unequal = second.send(page, "/me/password", old=PASSWORD, new=NEW, again="x")
    assert 'id="again-wrong"' in unequal.text
    weak = second.send(page, "/me/password", old=PASSWORD, new="1234567890", again="1234567890")
    assert weak.status_code == 422
    assert "密码已更改" in said(second.send(page, "/me/password", old=PASSWORD, new=NEW, again=NEW))
    assert first.get("/me", follow_redirects=False).status_code == 303
    assert second.get("/me").status_code == 200


def test_a_session_is_ended_from_another(site: Site) -> None:
    first, second = Reader(site.stranger.client).sign_in("覃会计"), site.of("覃会计")
    page = second.get("/me")
    (path,) = re.findall(r'action="(/me/sessions/\d+/end)"', page.text)
    second.send(page, path)
    assert first.get("/", follow_redirects=False).status_code == 303


def test_signing_out_ends_the_session(site: Site) -> None:
    reader = Reader(site.stranger.client).sign_in("韦审核")
    kept = dict(reader.client.cookies)
    assert "您已退出" in said(reader.send(reader.get("/"), "/logout"))
    reader.client.cookies.update(kept)
    assert reader.get("/", follow_redirects=False).status_code == 303


def test_an_officer_signs_in_with_the_second_factor_only(site: Site) -> None:
    officer = site.stranger
    half = officer.send(officer.get("/login"), "/login", name="农干部", password=PASSWORD)
    assert half.url.path == "/login/code"
    for path in ("/", "/me", "/books/qingshuihezuoshe"):
        assert officer.get(path, follow_redirects=True).url.path == "/login/code", path
    assert officer.send(half, "/login/code", code="000000").status_code == 422


def test_a_second_factor_is_set_up_with_its_picture_and_recovery_codes(site: Site) -> None:
    reader = site.of("韦审核")
    page = reader.send(reader.get("/me"), "/me/factor/new")
    key = re.search(r'name="key" value="([A-Z2-7]{32})"', page.text)[1]  # type: ignore[index]
    assert 'src="data:image/svg+xml' in page.text
    wrong = reader.send(page, "/me/factor", code="000000", password=PASSWORD)
    assert wrong.status_code == 422
    assert key in wrong.text, "the key is kept while the code is tried again"
    _, at = clock.now()
    done = reader.send(wrong, "/me/factor", code=totp.code_at(key, at), password=PASSWORD)
    assert len(re.findall(r"<code>[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}</code>", done.text)) == 10
    assert reader.get("/me").status_code == 200


def test_a_token_is_made_shown_once_and_ended(site: Site) -> None:
    reader = site.of("覃会计")
    page = reader.get("/me")
    day = clock.now()[0].isoformat()
    assert reader.send(page, "/me/tokens", name="乡镇看板", until=day).status_code == 422
    made = reader.send(page, "/me/tokens", name="乡镇看板", until=day, deed=["see_book"])
    secret = re.search(r"lianjian_[\w-]+", made.text)[0]  # type: ignore[index]
    asked = reader.client.get("/api/v1/books", headers={"Authorization": f"Bearer {secret}"})
    assert asked.status_code == 200
    page = reader.get("/me")
    assert secret not in page.text
    (path,) = re.findall(r'action="(/me/tokens/\d+/end)"', page.text)
    reader.send(page, path)
    asked = reader.client.get("/api/v1/books", headers={"Authorization": f"Bearer {secret}"})
    assert asked.status_code == 401
