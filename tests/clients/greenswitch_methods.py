"""Print what greenswitch offers, each class with its public methods, and where its source writes to a connection."""

import inspect
import json
import re

from greenswitch import esl

offered = {}
for name, kind in inspect.getmembers(esl, inspect.isclass):
    if kind.__module__ == esl.__name__:
        own = [each for each in kind.__mro__ if each.__module__ == esl.__name__]
        named = {method for each in own for method, found in vars(each).items() if not method.startswith("_") and callable(found)}
        offered[name] = sorted(named)
writes = re.findall(r".*(?:sock\.send|sendall|sock_file\.write).*", inspect.getsource(esl))
print(json.dumps({"offered": offered, "writes": [line.strip() for line in writes]}))
