"""Notifications: on the site always, by mail once a day, at once where urgent or wanted."""

from typing import Any

import pytest
from django.core import mail

from quintet.core import notify
from quintet.core.models import Notification, NotificationChoice, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader() -> User:
    return User.objects.create(username="reader", email="reader@example.org")


def test_a_digest_takes_along_everything_once(reader: User):
    notify.tell([reader.pk], "第一条", kind="test", url="/a/")
    notify.tell([reader.pk], "第二条", kind="test")
    assert mail.outbox == []
    assert notify.send_digests() == 1
    assert "第一条" in mail.outbox[0].body
    assert "第二条" in mail.outbox[0].body
    assert notify.send_digests() == 0


def test_what_is_urgent_goes_at_once(reader: User, django_capture_on_commit_callbacks: Any):
    with django_capture_on_commit_callbacks(execute=True):
        notify.tell([reader.pk], "请补正", kind="test", urgent=True)
    assert [message.subject for message in mail.outbox] == ["请补正"]


def test_everything_at_once_for_who_wants_it_so(reader: User, django_capture_on_commit_callbacks: Any):
    NotificationChoice.objects.create(user=reader, mail="at_once")
    with django_capture_on_commit_callbacks(execute=True):
        notify.tell([reader.pk], "已到账", kind="test")
    assert len(mail.outbox) == 1


def test_no_mail_for_who_wants_none_or_has_no_address(reader: User):
    NotificationChoice.objects.create(user=reader, mail="none")
    other = User.objects.create(username="other")
    notify.tell([reader.pk, other.pk], "一条", kind="test")
    assert notify.send_digests() == 0
    assert mail.outbox == []
    assert Notification.objects.count() == 2


def test_a_subject_of_one_line_and_the_same_text_once(reader: User):
    notify.tell([reader.pk, reader.pk], "一行\r\nBcc: x@example.org", kind="test")
    assert notify.send_digests() == 1
    assert "\n" not in mail.outbox[0].subject
    assert mail.outbox[0].recipients() == ["reader@example.org"]


def test_read_ones_are_counted_no_more(reader: User):
    notify.tell([reader.pk], "一条", kind="test")
    assert notify.unread(reader) == 1
    notify.mark_read(reader)
    assert notify.unread(reader) == 0
