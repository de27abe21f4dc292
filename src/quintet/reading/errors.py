"""One error for everything that cannot be read. It carries a code and values; `core.unreadable` has the words in Chinese and English."""

# code → the values that its words may name
CODES: dict[str, tuple[str, ...]] = {
    "account_number": ("text", "length"),
    "amount_is_a_percentage": ("text", "shown"),
    "amount_not_a_number": ("text",),
    "amount_places": ("text", "places"),
    "amount_shown_otherwise": ("text", "shown"),
    "amount_too_great": ("text",),
    "amount_too_small": ("text", "least"),
    "cell_formula": (),
    "cell_merged": ("area",),
    "credit_code": ("text",),
    "credit_code_check_digit": ("text",),
    "day_not_a_day": ("text",),
    "day_ambiguous": ("text",),
    "day_impossible": ("text",),
    "day_out_of_reach": ("text", "first", "last"),
    "file_bomb": (),
    "file_cells": (),
    "file_columns": ("most",),
    "file_damaged": (),
    "file_declarations": (),
    "file_empty": (),
    "file_encoding": (),
    "file_macros": (),
    "file_memory": (),
    "file_no_sheet": (),
    "file_not_a_workbook": (),
    "file_old_excel": (),
    "file_password": (),
    "file_program": (),
    "file_record": ("row",),
    "file_rows": ("most",),
    "file_separator": (),
    "file_too_large": ("most",),
    "file_web_page": (),
    "identity_format": ("text", "length"),
    "identity_birthday": ("text",),
    "identity_check_digit": ("text",),
    "identity_area_unknown": ("area",),
    "name_placeholder": ("text",),
    "name_sum": ("text",),
    "number_empty": (),
    "number_ends_with_zeros": ("text",),
    "number_letters": ("letter",),
    "number_lost_digits": ("text",),
    "number_masked": (),
    "number_not_text": ("text",),
    "number_placeholder": ("text",),
    "number_several": ("text",),
    "number_shown_otherwise": ("text", "shown"),
    "package_open_document": (),
    "package_other": (),
    "package_part": ("part",),
    "package_presentation": (),
    "pdf_active": (),
    "pdf_cut": (),
    "pdf_encrypted": (),
    "pdf_no_page": (),
    "pdf_password": (),
    "pdf_unreadable": (),
    "picture_damaged": (),
    "picture_and_more": (),
    "picture_pixels": ("most",),
    "phone_number": ("text", "length"),
    "record_too_wide": ("there", "most"),
    "text_is_a_day": (),
    "text_is_an_error": ("text",),
}

VEILED_FROM = 6  # letters; no number that is anybody's is so short


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
    """As much of a text as an error may repeat; a truth as spreadsheet programs show it."""
    return (str(text).upper() if isinstance(text, bool) else str(text))[:40]


def veiled(number: str) -> str:
    """As much of a person's number as an error may repeat: enough to find it on a sheet, never the whole of a true one."""
    return number if len(number) <= VEILED_FROM else f"{number[:3]}…{number[-2:]}"
