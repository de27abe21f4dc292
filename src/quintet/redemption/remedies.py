"""What somebody can do about a decision that concerns them: 行政复议法（2023 年修订）第二十条, 行政诉讼法第四十五条、第四十六条."""

from django.conf import settings
from django.utils.translation import gettext as _

REVIEW_DAYS, SUIT_MONTHS = 60, 6


def remedies_of_delay() -> str:
    """What can be done where a department has not acted within its term: 行政复议法第十一条、第二十条, 行诉法解释第六十六条."""
    words = {"days": REVIEW_DAYS, "months": SUIT_MONTHS, "body": settings.REVIEW_BODY or _("复议机关")}
    return (
        _(
            "部门没有在期限内办理的，可以催办；也可以自期限届满之日起 %(days)d 日内向%(body)s申请行政复议，或者 %(months)d 个月内依法向人民法院提起行政诉讼。"
        )
        % words
    )


def remedies() -> str:
    """The sentence that stands below each decision. Where the city has not entered who reviews (QUINTET_REVIEW_BODY), it names nobody."""
    words = {"days": REVIEW_DAYS, "months": SUIT_MONTHS, "body": settings.REVIEW_BODY}
    if settings.REVIEW_BODY:
        return (
            _(
                "不服决定的，可以自知道之日起 %(days)d 日内向%(body)s申请行政复议，也可以自知道之日起 %(months)d 个月内依法向人民法院提起行政诉讼。"
            )
            % words
        )
    return (
        _("不服决定的，可以自知道之日起 %(days)d 日内依法申请行政复议，也可以自知道之日起 %(months)d 个月内依法向人民法院提起行政诉讼。")
        % words
    )
