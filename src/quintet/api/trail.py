"""What this context records in the audit chain, in words."""

from django.utils.translation import gettext_lazy as _

details = [("scopes", _("用途"))]
actions = [("api.create_token", _("新建访问令牌")), ("api.revoke_token", _("撤销访问令牌"))]
