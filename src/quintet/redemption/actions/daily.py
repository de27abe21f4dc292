from datetime import date

from quintet.redemption.actions.claims import lapse_overdue
from quintet.redemption.actions.notices import clear_notices

ROUND = 1_000


def go_on(*, on: date) -> dict[str, int]:
    """What a new day brings by itself: notices that are over, offers and corrections that nobody took up. Returns {"cleared", "lapsed"}."""
    done = {"cleared": 0, "lapsed": 0}
    for name, work in (("cleared", clear_notices), ("lapsed", lapse_overdue)):
        while count := work(on=on, limit=ROUND):
            done[name] += count
    return done
