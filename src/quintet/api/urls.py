from django.urls import path

from quintet.api import v1, views

app_name = "api"
urlpatterns = [
    path("api/v1/openapi.json", views.openapi, name="openapi"),
    path("api/v1/docs/", views.docs, name="docs"),
    path("my/tokens/", views.tokens, name="tokens"),
    path("my/tokens/<int:pk>/revoke/", views.revoke, name="token-revoke"),
    path(v1.PREFIX, v1.urls()),
]
