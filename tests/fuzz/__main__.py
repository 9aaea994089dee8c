"""Feed the readers of product files with inputs that atheris makes, see docs/reference/fuzzing.md.

    python -m tests.fuzz TARGET CORPUS [options of libFuzzer]

CORPUS is a folder: one that is not there yet is made and gets the seeds. A file instead of it is
fed once, as it is.
"""

import sys
from pathlib import Path

import atheris  # type: ignore[import-untyped]  # it is installed for fuzzing only

with atheris.instrument_imports(include=["pricebook"]):
    from tests.fuzz.seeds import write_seeds
    from tests.fuzz.targets import TARGETS

_OPTIONS = (
    f"-dict={Path(__file__).with_name('tokens.dict')}",
    "-max_len=4096",
    "-len_control=10",
    "-timeout=20",
    "-rss_limit_mb=1024",
    "-print_final_stats=1",
)


def main() -> None:
    """Fuzz a target until an input fails, or as long as libFuzzer's options say."""
    if len(sys.argv) < 3 or sys.argv[1] not in TARGETS:
        sys.exit(f"{__doc__}\nTargets: {', '.join(TARGETS)}")
    program, name, corpus, *options = sys.argv
    target, folder = TARGETS[name], Path(corpus)
    if not folder.exists():
        write_seeds(folder, target.seeds())
    atheris.Setup([program, *_OPTIONS, corpus, *options], target.feed)
    atheris.Fuzz()


main()
