"""People with roles."""

from datetime import date

from quintet.core.models import RoleGrant, User
from tests.scenes import arranged_once


@arranged_once
def user_with(*roles: str, unit: str = "", name: str = "") -> User:
    """Somebody who holds these roles since 2019."""
    number = User.objects.count() + 1
    user = User.objects.create_user(username=name or f"user{number}", display_name=f"用户{number}", password="a long password")
    for role in roles:
        RoleGrant.objects.create(user=user, role=role, unit=unit, granted_on=date(2019, 1, 1))
    return user
