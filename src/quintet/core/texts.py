"""Texts that people and other systems hand in: what is too long for its column is refused with its length, and never cut."""

from django.utils.translation import gettext as _

from quintet.core.errors import DomainError


def fitted(text: str, most: int, label: str) -> str:
    """The text without blanks around it. Raises DomainError when it has more than `most` characters."""
    text = text.strip()
    if len(text) > most:
        raise DomainError(
            _("%(label)s最多 %(most)d 个字，现在是 %(n)d 个字。") % {"label": label, "most": most, "n": len(text)},
            remedy=_("请缩短后再提交；没有保存。"),
        )
    return text
