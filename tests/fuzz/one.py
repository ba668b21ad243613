"""Fuzzes one target in a process of its own, guided by the coverage of callguard: `python -m fuzz.one TARGET FOLDER SECONDS [SEED]`."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from random import Random

from fuzz.mutating import mutated
from fuzz.target import PATIENCE_S, target


def main(name: str, folder: Path, seconds: int, seed: int) -> None:
    """Run until time is up, or an input breaks a promise, which is written into the folder; never returns."""
    import atheris

    with atheris.instrument_imports(include=["callguard"], exclude=["callguard._core"]):
        found = target(name)
    logging.disable(logging.CRITICAL)
    corpus = folder / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    for at, data in enumerate(found.seeds):
        (corpus / f"seed-{at:02d}").write_bytes(data)
    tokens = folder / f"{name}.dict"
    escaped = ("".join(f"\\x{byte:02x}" for byte in token) for token in found.tokens)
    tokens.write_text("".join(f'"{each}"\n' for each in escaped), "ascii")

    def mutate(data: bytes, longest: int, seed: int) -> bytes:
        random = Random(seed)
        if random.random() < 0.4:
            made: bytes = atheris.Mutate(data, longest)
            return made
        return mutated(random, data, found.tokens, found.seeds, longest)

    options = (
        *(f"-max_total_time={seconds}", f"-timeout={int(4 * PATIENCE_S)}", f"-max_len={found.longest}", f"-seed={seed}"),
        *(f"-dict={tokens}", f"-artifact_prefix={folder}/{name}-", "-rss_limit_mb=2048", "-print_final_stats=1"),
    )
    atheris.Setup([f"fuzz-{name}", *options, str(corpus)], found.run, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) > 4 else 1)
