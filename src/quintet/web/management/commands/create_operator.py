"""The first operator of a new installation, or a way back in when no operator can sign in."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse
from django.utils import timezone

from quintet.core.actions import open_operator
from quintet.core.passwords import link_code


class Command(BaseCommand):
    help = "Create an operator, or make a known account one again, and print the link at which its owner sets a password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="", help="the person's name, as pages show it")
        parser.add_argument("--email", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user, address = open_operator(
                options["username"],
                display_name=options["name"],
                email=options["email"],
                on=timezone.localdate(),
                reason="manage.py create_operator",
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stdout.write(f"{user.username} is an operator. The page of the link asks for this code, to be handed over apart from it:")
        self.stdout.write(link_code(**address))
        self.stdout.write("To set the password, open this once within three days:")
        self.stdout.write(site() + reverse("web:set-password", kwargs=address))


def site() -> str:
    """Where the site is reached, as far as the settings know: its first host name."""
    host = settings.ALLOWED_HOSTS[0]
    if host == "*":
        return "http://127.0.0.1:8000"
    return f"{'https' if settings.HTTPS else 'http'}://{host.lstrip('.')}"
