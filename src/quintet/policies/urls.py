from django.urls import path

from quintet.policies import views

app_name = "policies"

urlpatterns = [
    path("policies/", views.library, name="library"),
    path("policies/<slug:pack>/", views.policy_page, name="policy"),
    path("policies/<slug:pack>/clauses/<str:clause>/", views.clause_page, name="clause"),
    path("evaluations/<str:token>/", views.evaluation, name="evaluation"),
    path("evaluations/<str:token>/pdf/", views.evaluation_pdf, name="evaluation-pdf"),
]
