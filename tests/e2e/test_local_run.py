"""What the local run depends on: private names of ministack, and imports without circles."""

import ast
import importlib
from pathlib import Path

from warden_local import paths

SOURCES = paths.ROOT / "infra" / "local"
EMULATOR = sorted((SOURCES / "warden_local" / "emulator").glob("*.py"))


def of_ministack(source: Path) -> set[tuple[str, str]]:
    """Returns the names in ministack's modules that a file uses: module and attribute."""
    tree = ast.parse(source.read_text())
    modules, used = {}, set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ministack"):
            for name in node.names:
                used.add((node.module, name.name))
                modules[name.asname or name.name] = f"{node.module}.{name.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            parts = ast.unparse(node).split(".")
            if parts[0] in modules and all(part.isidentifier() for part in parts):
                used.add((modules[parts[0]], ".".join(parts[1:])))
    return used


def exists(module: str, attribute: str) -> bool:
    """Returns whether the name exists; a module inside a package counts."""
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError:
        # A function or class that was imported by its own name.
        package, _, name = module.rpartition(".")
        found = getattr(importlib.import_module(package), name)
    for part in attribute.split("."):
        if not hasattr(found, part):
            try:
                importlib.import_module(f"{module}.{attribute}")
            except ModuleNotFoundError:
                return False
            return True
        found = getattr(found, part)
    return True


def test_everything_that_the_emulator_corrects_is_still_in_ministack():
    used = {name for source in EMULATOR for name in of_ministack(source)}
    private = {name for name in used if name[1].rpartition(".")[2].startswith("_")}
    assert len(private) > 15, "the reading of the sources finds too little"
    assert exists("ministack.services.cloudwatch", "_evaluate_alarm")
    assert not exists("ministack.services.cloudwatch", "_no_such_thing")
    gone = sorted(f"{module}.{attribute}" for module, attribute in used if not exists(module, attribute))
    assert not gone, "gone from ministack since the version that warden_local.emulator was written for"


def test_the_modules_of_the_local_run_have_no_circle():
    imports = {}
    for source in (SOURCES / "warden_local").rglob("*.py"):
        module = ".".join(source.relative_to(SOURCES).with_suffix("").parts).removesuffix(".__init__")
        found = set()
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("warden_local"):
                found |= {node.module} | {f"{node.module}.{name.name}" for name in node.names}
        imports[module] = found
    imports = {module: found & set(imports) - {module, "warden_local"} for module, found in imports.items()}
    assert imports["warden_local.story"]
    # Repeatedly remove modules that import none of the rest; a circle remains.
    while free := [module for module, found in imports.items() if not found & set(imports)]:
        for module in free:
            del imports[module]
    assert not imports
