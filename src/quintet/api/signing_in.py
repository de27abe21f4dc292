"""What the page of somebody's sessions shows of tokens, and what ends with a password."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from quintet.api import actions
from quintet.api.models import ApiToken
from quintet.core.models import User


def _tokens(user: User) -> dict[str, Any]:
    valid = ApiToken.objects.valid(timezone.localdate()).filter(user=user)
    return {"title": _("接口访问令牌"), "items": [str(token) for token in valid], "url": reverse("api:tokens")}


other_ways_in = [_tokens]
ended_with_password = [actions.revoke_all]
