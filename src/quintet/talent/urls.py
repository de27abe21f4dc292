from quintet.directory.views.registers import register_urls
from quintet.talent.registers import TALENTS, TEAMS

app_name = "talent"
urlpatterns = [*register_urls(TALENTS, "talent/talents/"), *register_urls(TEAMS, "talent/teams/")]
