"""Print what genesis offers, each public class with its public methods, and where its source writes to a connection."""

import importlib
import inspect
import json
import pkgutil
import re

import genesis


def methods(kind):
    """Return its public methods that are genesis' own, an object's own and inherited ones alike."""
    own = [each for each in kind.__mro__ if each.__module__.startswith("genesis")]
    return sorted({name for each in own for name, found in vars(each).items() if not name.startswith("_") and is_method(found)})


def is_method(found):
    return callable(found) or isinstance(found, classmethod | staticmethod)


offered = {}
for name in genesis.__all__:
    found = getattr(genesis, name)
    offered[name] = methods(found) if inspect.isclass(found) else []
writes = []
for module in pkgutil.walk_packages(genesis.__path__, "genesis."):
    if module.name.startswith(("genesis.cli", "genesis.__main__")):
        continue
    source = inspect.getsource(importlib.import_module(module.name))
    writes += [module.name for _ in re.findall(r"writer\.write|\.writelines\(|transport\.write|sendall\(", source)]
print(json.dumps({"offered": offered, "writes": writes}))
