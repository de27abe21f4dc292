from django.urls import path
from django.views.i18n import set_language

from quintet.core.permissions import public
from quintet.web.views import account, accounts, audit, demo, home, jobs, notifications, pages, search, sessions, work

app_name = "web"
urlpatterns = [
    path("", home.home, name="home"),
    path("search/", search.search, name="search"),
    path("work/", work.work, name="work"),
    path("sign-in/", account.SignIn.as_view(), name="sign-in"),
    path("sign-out/", account.SignOut.as_view(), name="sign-out"),
    path("me/", account.profile, name="profile"),
    path("me/delegations/<int:pk>/end/", account.delegation_end, name="delegation-end"),
    path("notifications/", notifications.notifications, name="notifications"),
    path("notifications/read/", notifications.notifications_read, name="notifications-read"),
    path("notifications/choose/", notifications.notifications_choose, name="notifications-choose"),
    path("notifications/<int:pk>/", notifications.notification, name="notification"),
    path("me/sessions/", sessions.sessions, name="sessions"),
    path("me/sessions/end/", sessions.sessions_end, name="sessions-end"),
    path("me/password/", account.ChangePassword.as_view(), name="password"),
    path("set-password/<uidb64>/<token>/", account.SetPassword.as_view(), name="set-password"),
    path("accounts/", accounts.accounts, name="accounts"),
    path("accounts/export/", accounts.export, name="accounts-export"),
    path("accounts/add/", accounts.add, name="account-add"),
    path("accounts/<int:pk>/", accounts.account, name="account"),
    path("accounts/<int:pk>/edit/", accounts.edit, name="account-edit"),
    path("accounts/<int:pk>/password-link/", accounts.password_link, name="account-link"),
    path("accounts/<int:pk>/active/", accounts.active, name="account-active"),
    path("accounts/<int:pk>/person/", accounts.person, name="account-person"),
    path("accounts/<int:pk>/grant/", accounts.grant, name="account-grant"),
    path("accounts/grants/<int:pk>/revoke/", accounts.revoke, name="grant-revoke"),
    path("audit/", audit.lines, name="audit"),
    path("audit/<int:number>/", audit.line, name="audit-line"),
    path("audit/verify/", audit.verify, name="audit-verify"),
    path("audit/digests/", audit.digests, name="audit-digests"),
    path("audit/receipt/", audit.receipt, name="audit-receipt"),
    path("demo/day/", demo.demo_day, name="demo-day"),
    path("language/", public(set_language), name="language"),
    path("jobs/<uuid:pk>/", jobs.job, name="job"),
    path("jobs/<uuid:pk>/release/", jobs.release, name="job-release"),
    path("components/", pages.components, name="components"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("healthz", pages.healthz, name="healthz"),
]
