"""The wheel holds what the tree holds, and importing the package costs its host nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from tests.test_readme import PYTHON

ROOT = Path(__file__).parents[1]
DRIVERS = {"psycopg", "sqlalchemy", "apscheduler", "alembic", "eventsourcing"}
PARTS = {
    "footfall/py.typed",
    "footfall/domain/customer.py",
    "footfall/infrastructure/schema/migrations/env.py",
    "footfall/testing/engine.py",
    "footfall/infrastructure/schema/migrations/versions/v0001_log_and_checkpoints.py",
    "footfall/doors/samples/shop.jsonl.gz",
}


def python(code: str, **environment: str) -> str:
    """What a fresh interpreter prints, started where no checkout is in its way."""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", env=os.environ | environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def packaged(root: Path) -> set[str]:
    """The files of the tree that belong into the wheel."""
    files = (file for file in (root / "footfall").rglob("*") if file.is_file())
    kinds = {".py", ".typed", ".gz", ".js", ".html", ".css"}
    return {file.relative_to(root).as_posix() for file in files if file.suffix in kinds or file.name == "py.typed"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the tree, so that neither takes up what a build left behind."""
    tree, built = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("wheel")
    unwanted = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "dist", "*.db*")
    shutil.copytree(ROOT, tree, symlinks=True, ignore=unwanted, dirs_exist_ok=True)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "--wheel-dir", str(built), str(tree)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (file,) = built.glob("*.whl")
    return file


def test_the_wheel_holds_the_package_of_the_tree_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        names = {name for name in opened.namelist() if not name.endswith("/")}
    held = {name for name in names if not name.split("/")[0].endswith(".dist-info")}
    assert held == packaged(ROOT)
    assert held >= PARTS


def test_the_wheel_names_the_program(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        (points,) = (name for name in opened.namelist() if name.endswith("entry_points.txt"))
        assert "footfall = footfall.doors.cli:main" in opened.read(points).decode()


def test_the_readme_s_examples_are_well_typed_where_the_wheel_is_installed(wheel: Path, tmp_path: Path) -> None:
    # In a project of a host's, which sees of Footfall what its wheel brings, and of ours only the tools.
    venv.create(tmp_path / "env", with_pip=False)
    (site,) = (tmp_path / "env").glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as opened:
        opened.extractall(site)
    (site / "tools.pth").write_text(sysconfig.get_path("purelib"))
    for number, example in enumerate(PYTHON):
        (tmp_path / f"example_{number}.py").write_text(example)
    command = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(tmp_path / "env/bin/python")]
    command += ["--config-file", os.devnull, *(str(file) for file in tmp_path.glob("example_*.py"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(PYTHON)} source files" in done.stdout


def test_the_version_is_that_of_the_installed_package() -> None:
    loaded = json.loads(python("import json, sys, footfall; print(json.dumps([footfall.__version__, [*sys.modules]]))"))
    assert loaded[0] == metadata.version("footfall")
    assert not [name for name in loaded[1] if name.startswith("footfall.")]


def test_a_store_can_be_made_by_what_the_wheel_holds(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        opened.extractall(tmp_path / "unpacked")
    code = f"import footfall; print(footfall.__file__, footfall.open('sqlite:///{tmp_path}/store.db').stats().events)"
    printed = python(code, PYTHONPATH=str(tmp_path / "unpacked"))
    assert printed.split() == [str(tmp_path / "unpacked" / "footfall" / "__init__.py"), "0"]


MODULES = ["footfall", "footfall.engine.public", "footfall.domain.customer", "footfall.application.ingest.ingest"]


@pytest.mark.parametrize("module", MODULES)
def test_importing_the_package_loads_no_driver(module: str) -> None:
    loaded = json.loads(python(f"import json, sys, {module}; print(json.dumps(sorted(sys.modules)))"))
    assert module in loaded
    assert not DRIVERS & {name.split(".")[0] for name in loaded}
    assert not [name for name in loaded if name.startswith("footfall.infrastructure")]


def test_an_engine_in_memory_loads_no_driver() -> None:
    code = (
        "import json, sys, uuid, footfall.testing\n"
        "with footfall.testing.open() as engine:\n"
        "    engine.track(uuid.uuid4(), 'page.visit', {'url': '/'})\n"
        "    assert engine.stats().page_visits == engine.status().sessions_due.customers + 1 == 1\n"
        "    assert engine.verify().ok and list(engine.subscribe(after='start', follow=False))\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    loaded = json.loads(python(code))
    assert "footfall.testing.engine" in loaded
    assert not {*DRIVERS, "sqlite3"} & {name.split(".")[0] for name in loaded}


def test_a_host_gets_every_name_of_the_package() -> None:
    named = json.loads(python("import json, footfall; print(json.dumps([footfall.__all__, dir(footfall)]))"))
    assert len(named[0]) > 30
    assert set(named[0]) <= set(named[1])
    python("import footfall; [getattr(footfall, name) for name in footfall.__all__]")


def test_the_door_is_loaded_by_whoever_asks_for_it() -> None:
    named = "import json, sys, footfall; assert 'asgi' in dir(footfall)"
    assert "footfall.doors.http.app" not in json.loads(python(f"{named}; print(json.dumps([*sys.modules]))"))
    asked = f"{named}; footfall.asgi; print(json.dumps([*sys.modules]))"
    assert not DRIVERS & {name.split(".")[0] for name in json.loads(python(asked))}
    assert "footfall.doors.http.app" in json.loads(python(asked))


@pytest.mark.parametrize("needed", ["jwt", "cryptography", "ua_parser"])
def test_without_its_extra_the_door_says_what_brings_it(needed: str) -> None:
    missing = f"import sys; sys.modules[{needed!r}] = None; import footfall\n"
    asked = "try:\n    footfall.asgi\nexcept ModuleNotFoundError as error:\n    print(error)"
    assert python(missing + asked).strip() == f"footfall.asgi needs {needed}: pip install 'footfall[http]'"


def test_opening_a_store_loads_the_drivers(tmp_path: Path) -> None:
    # So that the test above cannot pass because their names are spelt wrongly.
    opened = f"import json, sys, footfall; footfall.open('sqlite:///{tmp_path}/store.db')"
    loaded = json.loads(python(f"{opened}; print(json.dumps(sorted(sys.modules)))"))
    assert {"psycopg", "sqlalchemy", "alembic"} <= set(loaded)
    assert {"apscheduler", "eventsourcing"}.isdisjoint(loaded)
    assert "apscheduler" in json.loads(python(f"{opened}.start(); print(json.dumps(sorted(sys.modules)))"))
    assert "eventsourcing" in json.loads(
        python(f"import footfall.eventsourcing; {opened}; print(json.dumps(sorted(sys.modules)))")
    )
