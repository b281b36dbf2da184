"""gated.py RECORD...: is there a test or a gated block that ran on no interpreter?

Each RECORD is what one interpreter's run of the suite left in its KIT_RECORD file.
"""

import json
import re
import sys
from pathlib import Path


def main(records: list[Path]) -> None:
    rows = [
        json.loads(line)
        for record in records
        for line in record.read_text(encoding="utf-8").splitlines()
    ]
    passed = {row["test"] for row in rows if row["outcome"] == "passed"}
    skipped = {
        row["test"]: row["reason"] for row in rows if row["outcome"] == "skipped"
    }
    ran = {at for row in rows for at in row["gated"]}
    missed = [f"{test}: {why}" for test, why in skipped.items() if test not in passed]
    missed += [f"{at}: a gated block" for at in sorted(gated_blocks() - ran)]
    if missed:
        sys.exit("ran on no interpreter:\n  " + "\n  ".join(missed))
    print(f"{len(skipped)} gated tests and {len(ran)} gated blocks ran somewhere")


def gated_blocks() -> set[str]:
    """``file.md:line`` of the first line inside each fence that has a version tag."""
    gate = re.compile(r"<!-- *(?:python .*?|free-threaded) *-->")
    return {
        f"{note.as_posix()}:{number + 2}"
        for note in Path().glob("*/*.md")
        for number, line in enumerate(note.read_text("utf-8").splitlines(), start=1)
        if gate.fullmatch(line.strip())
    }


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
