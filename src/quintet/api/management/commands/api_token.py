"""Tokens for programs, made by an operator at the machine."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from quintet.api.actions import LONGEST, create_token, revoke_token
from quintet.api.models import ApiToken, Scope
from quintet.core.errors import DomainError
from quintet.core.models import User


class Command(BaseCommand):
    help = "Create, list or revoke tokens of the API. The secret is printed once and kept nowhere."

    def add_arguments(self, parser: CommandParser) -> None:
        steps = parser.add_subparsers(dest="step", required=True)
        create = steps.add_parser("create")
        create.add_argument("user")
        create.add_argument("name")
        create.add_argument("--scope", action="append", choices=Scope.values, help="may be repeated; default: evaluate")
        create.add_argument("--days", type=int, default=90)
        listing = steps.add_parser("list")
        listing.add_argument("user", nargs="?")
        revoke = steps.add_parser("revoke")
        revoke.add_argument("prefix")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, options["step"])(options)
        except DomainError as error:
            raise CommandError(str(error)) from None

    def create(self, options: dict[str, Any]) -> None:
        user, today = self._user(options["user"]), timezone.localdate()
        if not 0 <= options["days"] <= LONGEST.days:
            raise CommandError(f"--days lies between 0 and {LONGEST.days}.")
        scopes, last = options["scope"] or [Scope.EVALUATE.value], today + timedelta(days=options["days"])
        _token, secret = create_token(user, name=options["name"], scopes=scopes, expires_on=last, by=None, on=today)
        self.stdout.write(secret)

    def list(self, options: dict[str, Any]) -> None:
        tokens = ApiToken.objects.select_related("user")
        for token in tokens.filter(user=self._user(options["user"])) if options["user"] else tokens:
            state = f"revoked {token.revoked_on}" if token.revoked_on else f"until {token.expires_on}"
            self.stdout.write(
                f"{token.prefix}  {token.user.username}  {token.name}  {','.join(token.scopes)}  {state}  used {token.last_used_on or 'never'}"
            )

    def revoke(self, options: dict[str, Any]) -> None:
        token = ApiToken.objects.select_related("user").filter(prefix=options["prefix"]).first()
        if token is None:
            raise CommandError(f"There is no token {options['prefix']}; see: manage.py api_token list")
        revoke_token(token, by=None, on=timezone.localdate())
        self.stdout.write(f"{token.prefix} is revoked.")

    def _user(self, name: str) -> User:
        found = User.objects.filter(username=name).first()
        if found is None:
            raise CommandError(f"There is no user {name}.")
        return found
