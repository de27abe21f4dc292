"""Words for everything that `quintet.reading` refuses: what is wrong and what to do."""

from django.utils.translation import gettext_lazy as _

from quintet.reading.errors import Unreadable

WORDS = {
    "account_number": _("“%(text)s”（%(length)s 个字符）不是银行账号：应为 8 至 30 位数字。"),
    "amount_shown_otherwise": _("表格里显示为“%(shown)s”，实际存的是 %(text)s。请把单元格设为常规，按表头的单位写出完整的数字。"),
    "amount_is_a_percentage": _("表格里显示为“%(shown)s”，实际存的是 %(text)s。请把单元格设为常规，再填写不带百分号的数字。"),
    "amount_not_a_number": _("“%(text)s”不是数字。请只填数字，例如 1234567.89 或 1,234,567.89，不带单位。"),
    "amount_places": _("%(text)s 的小数位太多，最多 %(places)s 位。"),
    "amount_too_great": _("数字 %(text)s 太大，请核对单位。"),
    "amount_too_small": _("不能小于 %(least)s，现在是 %(text)s。"),
    "cell_formula": _("这里是公式。请复制后“选择性粘贴为数值”，让单元格里只有结果。"),
    "cell_merged": _("%(area)s 是合并单元格，请取消合并，每个单元格各填各的值。"),
    "credit_code": _("“%(text)s”不是统一社会信用代码：应为 18 位数字和大写字母，不含 I、O、S、V、Z。请对照营业执照或登记证书核对。"),
    "credit_code_check_digit": _("“%(text)s”不是有效的统一社会信用代码（18 位，末位是校验码），请对照营业执照核对。"),
    "day_not_a_day": _("“%(text)s”不是日期，请写成 2021-12-06 这样的形式。"),
    "day_ambiguous": _("“%(text)s”分不清年、月、日。请把四位数的年份写在前面，例如 2021-12-06。"),
    "day_impossible": _("没有“%(text)s”这一天，请核对月份和日期。"),
    "day_out_of_reach": _("“%(text)s”不在 %(first)s 至 %(last)s 之间，请核对年份；长期有效、没有期限的不用填日期。"),
    "file_bomb": _("文件解压后异常地大，疑似压缩炸弹，已拒绝。请用“下载模板”得到的 .xlsx 文件填写后再上传。"),
    "file_cells": _("表格的内容太多，一次读不完。请拆成几个文件，分几次上传。"),
    "file_columns": _("工作表的列太多，最多 %(most)s 列。请删除模板以外的列后再上传。"),
    "file_damaged": _("文件已损坏，无法打开。请用 Excel 或 WPS 打开后另存为 .xlsx 再上传。"),
    "file_declarations": _("工作簿内部含有不允许的声明，已拒绝。请用 Excel 或 WPS 打开后另存为 .xlsx 再上传。"),
    "file_empty": _("文件是空的。请用“下载模板”得到的 .xlsx 文件填写后再上传。"),
    "file_encoding": _("看不懂文件里的文字编码。请用 Excel 或 WPS 打开后另存为 .xlsx，或另存为 UTF-8 的 CSV 再上传。"),
    "file_macros": _("工作簿含有宏，已拒绝。请另存为不含宏的“Excel 工作簿(.xlsx)”后再上传。"),
    "file_memory": _("读这个文件要用的内存或时间太多，已停止。请删除表格里多余的行、列和格式，或拆成几个文件再上传。"),
    "file_no_sheet": _("工作簿里没有看得见的工作表。请取消隐藏，或用“下载模板”得到的文件填写。"),
    "file_not_a_workbook": _("文件内容不是 Excel 工作簿（.xlsx），也不是 CSV 文本（只看内容，不看扩展名）。请另存为 .xlsx 再上传。"),
    "file_old_excel": _("这是旧版 .xls 文件（改扩展名没有用）。请用 Excel 或 WPS 打开，另存为“Excel 工作簿(.xlsx)”后再上传。"),
    "file_password": _("文件设了打开密码。请在 Excel 或 WPS 里去掉密码，保存后再上传。"),
    "file_program": _("这是一个程序文件，不是 Excel 工作簿，已拒绝。请用“下载模板”得到的 .xlsx 文件填写后再上传。"),
    "file_record": _("CSV 文件第 %(row)s 行的引号不成对，或者一格的文字太长。请用 Excel 或 WPS 打开后另存为 .xlsx 再上传。"),
    "file_rows": _("工作表超过 %(most)s 行。请拆成几个文件，并删除表格下方的空行后再上传。"),
    "file_separator": _("文本文件的各列之间要用英文逗号、分号、竖线或制表符隔开。请用 Excel 或 WPS 打开后另存为 .xlsx 再上传。"),
    "file_too_large": _("文件超过 %(most)s MB 的上限。请拆成几个文件，分几次上传。"),
    "file_web_page": _("这是网页或 XML 形式的表格（有的系统导出的 .xls 就是这样）。请用 Excel 或 WPS 打开，另存为 .xlsx 再上传。"),
    "identity_format": _(
        "“%(text)s”（%(length)s 个字符）不是可以登记的证件号码。可以登记的有：居民身份证、港澳台居民居住证（18 位，旧号 15 位）；护照（7 至 9 位字母和数字）；"
        "港澳居民来往内地通行证（H 或 M 加 8 位数字，可以再加 2 位换证次数）；台湾居民来往大陆通行证（8 位数字，旧证 10 位数字，可以再加 1 个字母）；"
        "外国人永久居留身份证（18 位，旧证 3 个字母加 12 位数字）。请对照证件核对。"
    ),
    "identity_birthday": _("身份证号码不正确：其中的出生日期 %(text)s 不存在，或晚于今天。第 7 至 14 位应为出生年月日，请对照证件核对。"),
    "identity_check_digit": _("身份证号码“%(text)s”不正确：18 位里的末位是校验码，与前 17 位不符，请对照证件逐位核对。"),
    "identity_area_unknown": _("身份证号码的前六位 %(area)s 不是已知的地区，请对照证件核对；无误的可以照登。"),
    "name_placeholder": _("“%(text)s”不是名称。请按营业执照、登记证书或身份证件填写全称，每一格各填各的；表格里没有的记录请删除整行。"),
    "name_sum": _("“%(text)s”是合计行的字样，不是名称。合计不用填报，表格里请删除这一行。"),
    "number_empty": _("编号是空的，请填写编号。"),
    "number_ends_with_zeros": _(
        "%(text)s 开头的号码最后三位是 000，可能是表格软件把末尾的数字改成了零，请对照证照逐位核对；无误的可以照登。"
    ),
    "number_letters": _("编号里的“%(letter)s”不是汉字、英文字母或数字（可能只是字形相似），请改用键盘重新输入。"),
    "number_lost_digits": _("“%(text)s”是被表格软件改写过的数字，后面的位数已经丢失。请把单元格设为文本，再按原件重新填写。"),
    "number_masked": _("这是隐去了几位的号码，例如从导出的表里复制的，不能读入。请按原件填写完整的号码。"),
    "number_not_text": _("编号 %(text)s 存成了数字，前面的零或后面的位数可能已经丢失。请把单元格设为文本，再按原件重新填写。"),
    "number_placeholder": _("“%(text)s”不是编号。有编号的请按原件填写，没有的清空。"),
    "number_several": _("“%(text)s”像是几个编号写在了一起。请一行（一格）只写一个编号。"),
    "number_shown_otherwise": _("表格里显示为“%(shown)s”，实际存的是数字 %(text)s。请把单元格设为文本，再按原件重新填写。"),
    "package_open_document": _("这是 OpenDocument 文件（.odt、.ods、.odp），不能接收。请另存为 .docx、.xlsx 或 PDF 再上传。"),
    "package_presentation": _("这是演示文稿（.pptx），不能接收。请另存为 PDF 再上传。"),
    "package_other": _("压缩包不能接收。请把里面的文件逐个上传。"),
    "package_part": _(
        "文件里有不能接收的内容（%(part)s）：宏、嵌入的对象、外部链接和会调用其他程序的内容都不收。请删除后重新保存，或另存为 PDF 再上传。"
    ),
    "pdf_encrypted": _("PDF 设了证书加密或不常见的保护，他人无法打开，也无法检查。请去掉保护，或用“打印为 PDF”另存一份再上传。"),
    "pdf_active": _(
        "PDF 里有会自己运行的脚本，或会启动其他程序、打开其他文件、向外发送或取用内容的部分，不能接收。请用“打印为 PDF”另存一份再上传。"
    ),
    "pdf_cut": _("PDF 不完整，缺少结尾部分，可能没有下载完或没有保存完。请打开原件核对，重新下载或另存后再上传。"),
    "pdf_no_page": _("PDF 里没有可以打开的页面。请打开原件核对，重新下载或另存后再上传。"),
    "pdf_password": _(
        "PDF 设了打开密码，他人无法打开。请去掉打开密码，或用“打印为 PDF”另存一份再上传；只限制打印、复制，不用密码就能打开的可以上传。"
    ),
    "pdf_unreadable": _("PDF 里有一部分无法打开，无法检查，不能接收。请用“打印为 PDF”另存一份再上传。"),
    "picture_damaged": _(
        "图片不完整或已损坏，无法打开全图，可能没有传完或没有保存完。请在原来的手机或电脑上打开核对，重新拍照、扫描或另存后再上传。"
    ),
    "picture_and_more": _("图片后面附有别的文件或网页，不能接收。请在看图软件里另存为 JPG 或 PNG 后再上传。"),
    "picture_pixels": _("图片太大，超过 %(most)s 百万像素。请缩小后再上传。"),
    "phone_number": _(
        "“%(text)s”（%(length)s 个字符）不是电话号码：应为 7 至 15 位数字，可带区号，例如 13800000000、0427-2820000。一格只写一个。"
    ),
    "record_too_wide": _(
        "这一行有 %(there)s 格，表头只有 %(most)s 格，分不清哪个数在哪一列。数字里的千分位逗号会把一格拆成几格：请去掉千分位和行末多余的分隔符，或另存为 .xlsx 再上传。"
    ),
    "text_is_a_day": _("这里应为文字，现在是日期。请把单元格设为文本，再重新填写。"),
    "text_is_an_error": _("单元格里是表格软件的错误值 %(text)s。请改正公式或直接填写内容；没有内容的清空单元格。"),
}


def words(error: Unreadable) -> str:
    """The sentence for the person who wrote it, in the language of the page."""
    return str(WORDS[error.code]) % error.values
