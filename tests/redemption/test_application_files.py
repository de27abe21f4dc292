"""A paper that cannot be opened is not handed in, and the page says why; the draft keeps everything else."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from quintet.demo.papers import one_page
from quintet.redemption.papers import papers_of
from tests.handed_in import jpg
from tests.redemption.applications import draft
from tests.redemption.claims import member

pytestmark = pytest.mark.django_db
PAGE = one_page("example")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("空.pdf", b"", "文件是空的。 （空.pdf） 请重新选择文件。"),
        ("半份.pdf", PAGE[: len(PAGE) // 2], "PDF 不完整，缺少结尾部分"),
        ("照片.jpg", jpg()[:-2], "图片不完整或已损坏"),
        ("照片.jpg", b"\0\0\0\x18ftypheic" + bytes(90), "这是 HEIC 格式的图片，多数电脑无法打开，不能接收。 （照片.jpg） 请另存为 JPG"),
        ("照片.jpg", jpg(), "已收到"),
        ("名称不对.jpg", PAGE, "已收到"),
        ("", None, "请先选择文件。"),
    ],
)
def test_the_page_says_what_is_wrong_with_a_paper(name: str, content: bytes | None, told: str):
    claim = draft()
    client = Client()
    client.force_login(member(claim.organisation), backend="django.contrib.auth.backends.ModelBackend")
    given = {"paper": papers_of(claim)[0].key} | ({} if content is None else {"file": SimpleUploadedFile(name, content)})
    page = client.post(f"/my/claims/{claim.pk}/files/", given, follow=True).content.decode()
    assert told in page
    assert claim.files.count() == (told == "已收到")
