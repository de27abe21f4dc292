"""Hold the measured coverage against the floor in coverage-floor.txt: below it is an error, above it raises the floor.

    ./run coverage

The floor is a percentage of lines with one decimal and never falls: what was tested once stays tested.
"""

import sys
from decimal import ROUND_DOWN, Decimal
from pathlib import Path

FLOOR = Path(__file__).with_name("coverage-floor.txt")


def judged(measured: Decimal, floor: Decimal) -> tuple[bool, Decimal, str]:
    """Whether the measure will do, the floor from now on, and what to say."""
    if measured < floor:
        return False, floor, f"Coverage is {measured} %, below the floor of {floor} %. Test what the change has added or taken tests from."
    risen = measured.quantize(Decimal("0.1"), ROUND_DOWN)
    if risen > floor:
        return True, risen, f"Coverage is {measured} %: the floor rises from {floor} to {risen} %. Commit .ci/coverage-floor.txt."
    return True, floor, f"Coverage is {measured} %, the floor is {floor} %."


def main() -> None:
    good, floor, text = judged(Decimal(sys.argv[1]), Decimal(FLOOR.read_text(encoding="ascii").strip()))
    FLOOR.write_text(f"{floor}\n", encoding="ascii")
    sys.stderr.write(text + "\n")
    sys.exit(not good)


if __name__ == "__main__":
    main()
