"""python -m simcore.api.sciunit: what the command `sciunit` does, for a folder with a sciunit.ini.

create    write a sciunit.ini: which modules hold `models`, `tests`, `suites`
check     read it, and say what is in it
run       judge the models by the suites (--tests: by the tests), and print the scores
make-nb   write a Jupyter notebook that does so
run-nb    execute that notebook, and keep its output (needs the extra `notebooks`: nbclient and ipykernel)
"""

from __future__ import annotations

import argparse
import configparser
import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from simcore.errors import ConfigurationError, SimcoreError

INI = "sciunit.ini"
PARTS = ("models", "tests", "suites")


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m simcore.api.sciunit", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=list(ACTIONS))
    parser.add_argument("--directory", "-dir", type=Path, default=Path(), help="folder with sciunit.ini; by default here")
    parser.add_argument("--tests", "-t", action="store_true", help="judge by tests, not by suites")
    parser.add_argument("--go-on", action="store_true", help="an error of a test becomes a score, and others are judged")
    arguments = parser.parse_args(argv)
    try:
        ACTIONS[arguments.action](arguments)
    except SimcoreError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


def create(arguments: argparse.Namespace) -> None:
    """Write a sciunit.ini; ConfigurationError if there is one."""
    file = arguments.directory / INI
    if file.exists():
        raise ConfigurationError(f"there is already a configuration: {file}", name=str(file))
    config = configparser.ConfigParser()
    config["misc"] = {"config-version": "1.0", "nb-name": file.resolve().parent.name}
    config["root"] = {"path": "."}
    for part in PARTS:
        config[part] = {"module": part}
    with file.open("w", encoding="utf-8") as stream:
        config.write(stream)


def check(arguments: argparse.Namespace) -> None:
    """Say what is in sciunit.ini, and how many models, tests and suites there are."""
    config = read_ini(arguments.directory)
    for section in config.sections():
        print(section, *(f"\t{key}: {value}" for key, value in config[section].items()), sep="\n")
    with modules(config, arguments.directory) as found:
        print(", ".join(f"{len(objects)} {part}" for part, objects in found.items()))


def run(arguments: argparse.Namespace) -> None:
    """Judge and print."""
    with modules(read_ini(arguments.directory), arguments.directory) as found:
        for judge in found["tests" if arguments.tests else "suites"]:
            matrix = judge.judge(found["models"], stop_on_error=not arguments.go_on)
            print(f"{'Test' if arguments.tests else 'Suite'} {judge}:\n{matrix.to_markdown()}\n")


def make_nb(arguments: argparse.Namespace) -> None:
    """Write the notebook."""
    import nbformat

    config = read_ini(arguments.directory)
    root, name = notebook(config, arguments.directory)
    part = "tests" if arguments.tests else "suites"
    sources = [f"import sys\n\nsys.path.insert(0, {str(root)!r})\n"
               f"from {config['models']['module']} import models\nfrom {config[part]['module']} import {part}",
               f"for judge in {part}:\n    display(judge.judge(models, stop_on_error={not arguments.go_on}))"]
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(f"## Scores of {name}"),
                                           *map(nbformat.v4.new_code_cell, sources)],
                                    metadata={"language_info": {"name": "python"}})
    for number, cell in enumerate(made.cells):
        cell.id = f"cell-{number}"              # not drawn: the same suite has the same notebook
    nbformat.write(made, root / f"{name}.ipynb")
    print(root / f"{name}.ipynb")


def run_nb(arguments: argparse.Namespace) -> None:
    """Execute the notebook in its folder; ConfigurationError if there is none, or nothing to execute it."""
    import nbformat

    root, name = notebook(read_ini(arguments.directory), arguments.directory)
    file = root / f"{name}.ipynb"
    if not file.exists():
        raise ConfigurationError(f"there is no notebook {file}; make it with make-nb", name=str(file))
    try:
        from nbclient import NotebookClient
    except ImportError as error:
        raise ConfigurationError("notebooks are executed by nbclient and ipykernel: pip install 'simcore[notebooks]'",
                                 name="run-nb") from error
    made = nbformat.read(file, as_version=4)
    NotebookClient(made, timeout=600, resources={"metadata": {"path": str(root)}}).execute()
    nbformat.write(made, file)


def read_ini(directory: Path) -> configparser.ConfigParser:
    """The configuration of a folder; ConfigurationError if it has none or lacks a section."""
    config = configparser.ConfigParser(allow_no_value=True)
    if not config.read(directory / INI, encoding="utf-8"):
        raise ConfigurationError(f"there is no {INI} in {directory.resolve()}; make it with create", name=INI)
    for section, key in (("root", "path"), *((part, "module") for part in PARTS)):
        if not config.has_option(section, key):
            raise ConfigurationError(f"{directory / INI} must have [{section}] {key}", name=f"{section}.{key}")
    return config


def notebook(config: configparser.ConfigParser, directory: Path) -> tuple[Path, str]:
    """Folder and name of the notebook."""
    root = (directory / config["root"]["path"]).resolve()
    return root, config.get("misc", "nb-name", fallback=root.name)


@contextmanager
def modules(config: configparser.ConfigParser, directory: Path) -> Iterator[dict[str, list]]:
    """The lists `models`, `tests`, `suites` of the modules of that folder, which are imported from it while this lasts."""
    root, _ = notebook(config, directory)
    names = [config[part]["module"] for part in PARTS]
    others = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    sys.path.insert(0, str(root))
    try:
        found = {}
        for part, name in zip(PARTS, names, strict=True):
            try:
                found[part] = list(getattr(importlib.import_module(name), part))
            except (ModuleNotFoundError, AttributeError) as error:
                raise ConfigurationError(f"the module {name!r} in {root} must define {part!r}: {error}", name=part) from error
        yield found
    finally:
        sys.path.remove(str(root))
        for name in names:
            sys.modules.pop(name, None)
        sys.modules.update(others)


ACTIONS = {"create": create, "check": check, "run": run, "make-nb": make_nb, "run-nb": run_nb}
