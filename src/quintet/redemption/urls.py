from django.urls import path

from quintet.redemption.views import check, city, funds, my

app_name = "redemption"

urlpatterns = [
    path("check/", check.begin, name="check"),
    path("check/organisations/", check.find, name="check-find"),
    path("check/start/", check.start, name="check-start"),
    path("check/upload/", check.upload, name="check-upload"),
    path("check/template/<slug:subject>/", check.template, name="check-template"),
    path("check/<str:token>/", check.question, name="check-question"),
    path("check/<str:token>/add/", check.add, name="check-add"),
    path("check/<str:token>/remove/", check.remove, name="check-remove"),
    path("check/<str:token>/back/", check.back, name="check-back"),
    path("check/<str:token>/ladder/", check.ladder, name="check-ladder"),
    path("check/<str:token>/result/", check.result, name="check-result"),
    path("my/entitlements/", my.entitlements, name="my-entitlements"),
    path("city/", city.city, name="city"),
    path("city/run/", city.run, name="city-run"),
    path("city/entitlements/", city.entitlements, name="entitlements"),
    path("city/entitlements/export/", city.export, name="entitlements-export"),
    path("city/entitlements/<int:pk>/", city.explanation, name="entitlement"),
    path("funds/", funds.funds, name="funds"),
    path("funds/open/", funds.open_year, name="funds-open"),
    path("funds/<int:pk>/", funds.fund, name="fund"),
    path("funds/<int:pk>/entries/export/", funds.entries_export, name="entries-export"),
    path("funds/<int:pk>/<int:year>/appropriate/", funds.appropriate, name="fund-appropriate"),
    path("commitments/<int:pk>/", funds.commitment, name="commitment"),
]
