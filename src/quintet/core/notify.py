"""Telling people: on the site always; by mail once a day, or at once where it is urgent or they want it so."""

from collections.abc import Iterable

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django_tasks import task

from quintet.core.models import Notification, NotificationChoice, User
from quintet.core.texts import shortened

Mail = NotificationChoice.Mail
MOST_IN_A_MAIL = 200


def tell(users: Iterable[int], text: str, *, kind: str, url: str = "", urgent: bool = False) -> int:
    """One notification for each of these users (primary keys), written with the transaction that is open. Returns how many."""
    return tell_all([(user, text, url) for user in users], kind=kind, urgent=urgent)


def tell_all(told: Iterable[tuple[int, str, str]], *, kind: str, urgent: bool = False) -> int:
    """Many at once: (user, text, url) each; the same text to the same user is written once."""
    rows = [
        Notification(user_id=user, kind=kind, text=shortened(text, 300), url=url, urgent=urgent) for user, text, url in dict.fromkeys(told)
    ]
    Notification.objects.bulk_create(rows, batch_size=500)
    if rows and mail_is_set():
        at_once = {row.user_id for row in rows} if urgent else set(NotificationChoice.objects.filter(mail=Mail.AT_ONCE, user__in={row.user_id for row in rows}).values_list("user", flat=True))  # fmt: skip
        for user in at_once:
            transaction.on_commit(lambda user=user: mail_now.enqueue(user))  # type: ignore[misc]  # bound at once
    return len(rows)


def mail_is_set() -> bool:
    return bool(settings.EMAIL_HOST) or settings.TESTING


@task()
def mail_now(user: int) -> None:
    """Everything not yet mailed to somebody, in one mail."""
    mail_to(user)


def mail_to(user_id: int) -> bool:
    """One mail with all that was not yet mailed; whether there was one. Marked as mailed only after the server took it."""
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user_id)
        waiting = list(Notification.objects.filter(user=user, mailed_at=None).order_by("pk")[:MOST_IN_A_MAIL])
        choice = NotificationChoice.objects.filter(user=user).first()
        if not waiting:
            return False
        keys = [item.pk for item in waiting]
        wanted = user.is_active and user.email and not (choice and choice.mail == Mail.NONE)
        if wanted:
            with override("zh-hans"):
                subject = (
                    waiting[0].text
                    if len(waiting) == 1
                    else _("%(city)s创新政策服务平台：%(n)d 条消息") % {"city": settings.CITY, "n": len(waiting)}
                )
                lines = [f"· {item.text}\n  {settings.SITE}{item.url}" if item.url else f"· {item.text}" for item in waiting]
                footer = _("在网站的“消息”页可以改为每天一封、立即发或不发邮件。")
            send_mail(shortened(subject, 150), "\n\n".join([*lines, footer]), None, [user.email])
        Notification.objects.filter(pk__in=keys).update(mailed_at=timezone.now())
        return bool(wanted)


def mail_text(addresses: list[str], text: str) -> None:
    """One text to addresses that a notification would not reach: a former one, that of an account that is shut. After the transaction."""
    if mail_is_set():
        transaction.on_commit(lambda: mail_to_addresses.enqueue(addresses, text))


@task()
def mail_to_addresses(addresses: list[str], text: str) -> None:
    """One mail to each, so that none of them sees the other."""
    for address in addresses:
        send_mail(shortened(text, 150), text, None, [address])


def send_digests() -> int:
    """The day's mails, one for each user who has something new. Returns how many were sent."""
    if not mail_is_set():
        return 0
    waiting = Notification.objects.filter(mailed_at=None).filter(
        Q(user__notification_choice=None) | ~Q(user__notification_choice__mail=Mail.NONE)
    )
    return sum(mail_to(user) for user in waiting.order_by("user").values_list("user", flat=True).distinct())


def unread(user: User) -> int:
    return Notification.objects.filter(user=user, read_at=None).count()


def mark_read(user: User, keys: Iterable[int] | None = None) -> None:
    found = Notification.objects.filter(user=user, read_at=None)
    (found if keys is None else found.filter(pk__in=list(keys))).update(read_at=timezone.now())
