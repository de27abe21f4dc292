"""Words for everything that `quintet.reading` refuses: what is wrong and what to do."""

from django.utils.translation import gettext_lazy as _

from quintet.reading.errors import Unreadable

WORDS = {
    "amount_not_a_number": _("“%(text)s”不是数字。请只填数字，例如 1234567.89 或 1,234,567.89，不带单位。"),
    "amount_places": _("%(text)s 的小数位太多，最多 %(places)s 位。"),
    "amount_too_great": _("数字 %(text)s 太大，请核对单位。"),
    "amount_too_small": _("不能小于 %(least)s，现在是 %(text)s。"),
    "credit_code": _("“%(text)s”不是统一社会信用代码：应为 18 位数字和大写字母，不含 I、O、S、V、Z。请对照营业执照或登记证书核对。"),
    "credit_code_check_digit": _("“%(text)s”不是有效的统一社会信用代码（18 位，末位是校验码），请对照营业执照核对。"),
    "day_not_a_day": _("“%(text)s”不是日期，请写成 2021-12-06 这样的形式。"),
    "day_ambiguous": _("“%(text)s”分不清年、月、日。请把四位数的年份写在前面，例如 2021-12-06。"),
    "day_impossible": _("没有“%(text)s”这一天，请核对月份和日期。"),
    "identity_format": _("证件号码应为 18 位身份证号码（旧号 15 位），或 5 至 20 位护照、通行证号码（字母和数字）。"),
    "identity_birthday": _("身份证号码不正确：其中的出生日期不存在，请对照证件核对。"),
    "identity_check_digit": _("身份证号码不正确：末位校验码不符，请对照证件逐位核对。"),
    "identity_area_unknown": _("身份证号码的前六位 %(area)s 不是已知的地区，请对照证件核对；无误的可以照登。"),
    "number_empty": _("编号里没有可以看见的字符，请填写编号。"),
    "number_letters": _("编号里的“%(letter)s”不是汉字、英文字母或数字（可能只是样子相像），请改用键盘重新输入。"),
    "number_lost_digits": _("“%(text)s”是被表格软件改写过的数字，后面的位数已经丢失。请把单元格设为文本，再按原件重新填写。"),
    "number_shown_otherwise": _("表格里显示为“%(shown)s”，实际存的是数字 %(text)s。请把单元格设为文本，再按原件重新填写。"),
    "text_is_a_day": _("这里应为文字，现在是日期。请把单元格设为文本，再重新填写。"),
    "text_is_an_error": _("单元格里是表格软件的错误值 %(text)s。请改正公式或直接填写内容；没有内容的清空单元格。"),
}


def words(error: Unreadable) -> str:
    """The sentence for the person who wrote it, in the language of the page."""
    return str(WORDS[error.code]) % error.values
