"""Print every figure: the least, the median and the greatest of several passes in this one process."""

from __future__ import annotations

import json
import platform
import sys
import tempfile

from benchmarks import asking, importing


def main() -> int:
    as_json = "--json" in sys.argv[1:]
    figures: list[tuple[str, tuple[float, float, float], str]] = []

    def show(name: str, figure: tuple[float, float, float], unit: str) -> None:
        figures.append((name, figure, unit))
        if not as_json:
            least, median, greatest = figure
            print(f"{name:60} {median:10,.1f} {unit}   ({least:,.1f} to {greatest:,.1f})", flush=True)

    if not as_json:
        print(f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}; median (least to greatest)")
    show("import callguard, added to a bare interpreter", importing.added(), "ms")
    show("import callguard, the statement alone", importing.inside(), "ms")
    show("from callguard import Guard, added", importing.added("from callguard import Guard"), "ms")
    show("from attrs import frozen, added, for comparison", importing.added("from attrs import frozen"), "ms")
    with tempfile.TemporaryDirectory() as folder:
        for name, figure in asking.rows(folder):
            show(name, figure, "ns")
    heavy = importing.loaded()
    if as_json:
        print(
            json.dumps(
                {
                    "figures": [{"name": n, "unit": u, "least": f[0], "median": f[1], "greatest": f[2]} for n, f, u in figures],
                    "loaded": heavy,
                },
                ensure_ascii=False,
                indent=1,
            )
        )
    else:
        print(f"heavy modules loaded by the import: {', '.join(heavy) or 'none'}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
