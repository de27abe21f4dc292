"""What a password must not be, and the second half of a link at which one is set."""

import re
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from zxcvbn import zxcvbn

LEAST_GUESSES = 10**9
OWN_WORDS = {"quintet", "admin", "password", "mima", "wufang", "xietong", "gov"}
LEAST_LEFT = 6  # characters that must be left without the words of this place, years and signs
READ = 72  # what is behind it makes no password weaker; zxcvbn needs time by the square of the length


class NotGuessable:
    """Refuses what stands in lists of common passwords, keyboard walks, repetitions, and what is made of words of this place."""

    def validate(self, password: str, user: Any = None) -> None:
        words = context_words(user)
        if len(_without(words, password)) < LEAST_LEFT:
            raise ValidationError(
                _("密码主要由用户名、姓名、城市名或系统名组成，容易被猜到。请换用几个互不相关的词。"), code="password_of_context"
            )
        if zxcvbn(password[:READ], user_inputs=sorted(words))["guesses"] < LEAST_GUESSES:
            raise ValidationError(_("这个密码太常见，容易被猜到。请换用几个互不相关的词。"), code="password_too_common")

    def get_help_text(self) -> str:
        return _("不能是常见的密码，也不能由用户名、姓名、城市名或系统名组成。")


def context_words(user: Any) -> set[str]:
    """Lower-case words of at least three letters that an attacker would try here first."""
    texts = [settings.CITY, settings.CITY_EN, settings.SITE]
    if user is not None:
        texts += [user.username, user.display_name, user.email.partition("@")[0]]
    words = {word for text in texts for word in re.findall(r"[^\W\d_]+|\d{4,}", text.casefold())}
    return {word for word in words if len(word) > 2 or not word.isascii()} | OWN_WORDS


def _without(words: set[str], password: str) -> str:
    left = password.casefold()
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, "")
    return re.sub(r"(?:19|20)\d\d|[\W_]", "", left)


def link_code(uidb64: str, token: str) -> str:
    """Eight digits that belong to the link: who reads an address in a log does not have them. They end with the link's token."""
    digits = int(salted_hmac("quintet.password-link", f"{uidb64}.{token}", algorithm="sha256").hexdigest(), 16) % 10**8
    return f"{digits:08d}"
