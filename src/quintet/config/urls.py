"""Every context's urls.py carries its own full paths; a context without pages has no urls.py."""

from importlib.util import find_spec

from django.conf import settings
from django.urls import include, path

urlpatterns = [path("", include(f"quintet.{context}.urls")) for context in settings.CONTEXTS if find_spec(f"quintet.{context}.urls")]

# Programs that mistype an address of the API get its JSON, people the page.
handler404 = "quintet.api.views.page_not_found"
# A full disk has a page of its own.
handler500 = "quintet.core.full_disk.server_error"
