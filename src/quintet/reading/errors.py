"""One error for everything that cannot be read. It carries a code and values; `core.unreadable` has the words in Chinese and English."""

# code → the values that its words may name
CODES: dict[str, tuple[str, ...]] = {
    "amount_not_a_number": ("text",),
    "amount_places": ("text", "places"),
    "amount_too_great": ("text",),
    "amount_too_small": ("text", "least"),
    "credit_code": ("text",),
    "credit_code_check_digit": ("text",),
    "day_not_a_day": ("text",),
    "day_ambiguous": ("text",),
    "day_impossible": ("text",),
    "identity_format": (),
    "identity_birthday": (),
    "identity_check_digit": (),
    "identity_area_unknown": ("area",),
    "number_empty": (),
    "number_letters": ("letter",),
    "number_lost_digits": ("text",),
    "number_shown_otherwise": ("text", "shown"),
    "text_is_a_day": (),
    "text_is_an_error": ("text",),
}


class Unreadable(ValueError):
    """What somebody wrote is not what the field asks for.

    `code` is one of CODES, `values` what its words name. Values never hold a whole identity number.
    """

    def __init__(self, code: str, **values: object) -> None:
        if set(values) != set(CODES[code]):
            raise TypeError(f"{code} has the values {CODES[code]}, not {tuple(values)}")
        super().__init__(code)
        self.code = code
        self.values = values

    def __str__(self) -> str:
        return f"{self.code} {self.values}" if self.values else self.code


def short(text: object) -> str:
    """As much of a text as an error may repeat."""
    return str(text)[:40]
