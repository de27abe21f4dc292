"""What happens to an uploaded file before any page sees it."""

import io

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler


class SizeLimit(FileUploadHandler):
    """A file above MAX_UPLOAD_BYTES is read to its end and dropped: no more than the limit reaches memory or disk.

    The page gets an empty file of the true size, so that it can say how large the file was and what to do.
    It is read to its end since a browser that cannot send everything shows a broken connection instead of the page.
    """

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data if start + len(raw_data) <= settings.MAX_UPLOAD_BYTES else None

    def file_complete(self, file_size: int) -> UploadedFile | None:
        if file_size <= settings.MAX_UPLOAD_BYTES:
            return None
        for handler in self.request.upload_handlers if self.request else ():
            handler.upload_interrupted()  # removes at once what was kept of the file
        return UploadedFile(io.BytesIO(), self.file_name, self.content_type, file_size, self.charset, self.content_type_extra)
