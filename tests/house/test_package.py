"""What is installed is what was written: the wheel holds every file of its packages, and runs on its own."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.house.reading import FLOORS, ROOT, tracked
from tests.house.test_docker import copied

BUILD = "import sys; from setuptools import build_meta; print(build_meta.build_wheel(sys.argv[1]))"
MIGRATE = """
import migrations, sqlalchemy, web
engine = sqlalchemy.create_engine("sqlite://")
with engine.begin() as db:
    migrations.migrate(db)
    assert migrations.revision_of(db) == migrations.newest() is not None
print(migrations.__file__, web.__file__, sep="\\n")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as docker/Dockerfile builds it, from nothing but what it copies."""
    context, out = tmp_path_factory.mktemp("context"), tmp_path_factory.mktemp("wheel")
    listed = set(tracked())
    for path in sorted(listed):
        if any(path == source or path.startswith(f"{source}/") for source in copied()):
            (context / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, context / path)
    subprocess.run([sys.executable, "-c", BUILD, str(out)], cwd=context, check=True, capture_output=True)
    (built,) = out.glob("*.whl")
    return built


def test_the_wheel_holds_every_file_of_its_packages(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    ours = {path for path in tracked() if path.partition("/")[0] in {*FLOORS, "migrations"}}
    assert ours - inside == set()


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {*FLOORS, "migrations"}


def test_an_installed_house_migrates_its_own_database(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    shown = subprocess.run(
        [sys.executable, "-P", "-c", MIGRATE],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "site")},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert all(line.startswith(str(tmp_path / "site")) for line in shown.split())
