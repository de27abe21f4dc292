from quintet.directory.views.registers import register_urls
from quintet.finance.registers import LOANS

app_name = "finance"
urlpatterns = register_urls(LOANS, "finance/loans/")
