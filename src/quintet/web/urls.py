from django.urls import path
from django.views.i18n import set_language

from quintet.core.permissions import public
from quintet.web.views import account, home, jobs, pages, search, work

app_name = "web"
urlpatterns = [
    path("", home.home, name="home"),
    path("search/", search.search, name="search"),
    path("work/", work.work, name="work"),
    path("sign-in/", account.SignIn.as_view(), name="sign-in"),
    path("sign-out/", account.SignOut.as_view(), name="sign-out"),
    path("me/", account.profile, name="profile"),
    path("me/password/", account.ChangePassword.as_view(), name="password"),
    path("language/", public(set_language), name="language"),
    path("jobs/<uuid:pk>/", jobs.job, name="job"),
    path("components/", pages.components, name="components"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("healthz", pages.healthz, name="healthz"),
]
