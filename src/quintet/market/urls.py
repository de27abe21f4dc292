from quintet.directory.views.registers import register_urls
from quintet.market.registers import MEMBERS, PROJECTS

app_name = "market"
urlpatterns = [*register_urls(PROJECTS, "market/projects/"), *register_urls(MEMBERS, "market/members/")]
