"""A paper of the demo: a PDF of one page with a line of Latin text."""


def one_page(text: str, *, comment: bytes = b"") -> bytes:
    """A whole PDF; `comment` stands between its objects and its end."""
    drawn = b"BT /F 12 Tf 72 720 Td (%s) Tj ET" % text.encode("ascii", "replace").translate(None, b"()\\")
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>\nstream\n%s\nendstream" % (len(drawn), drawn),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    content, places = b"%PDF-1.4\n", []
    for number, inside in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, inside)
    content += comment
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R>>\n" % (len(objects) + 1, table, len(objects) + 1)
    return content + head + b"startxref\n%d\n%%%%EOF\n" % len(content)
