"""What `quintet books` checks beside the ledger itself: that every booking belongs to a case that was decided, and every payment to a batch."""

from collections.abc import Iterator

from quintet.ledger.models import Commitment, Entry


def commitments_of_nothing() -> Iterator[str]:
    for commitment in Commitment.objects.filter(claim=None).order_by("pk").iterator(chunk_size=5_000):
        yield f"承诺 {commitment.pk}（{commitment}）没有对应的兑现事项。"


def payments_of_no_batch() -> Iterator[str]:
    found = Entry.objects.filter(kind__in=[Entry.Kind.PAYMENT, Entry.Kind.REJECTION], payment_result=None)
    for entry in found.order_by("pk").iterator(chunk_size=5_000):
        yield f"分录 {entry.pk}（{entry.key}）不是任何拨付批次的回盘结果。"


checks = [commitments_of_nothing, payments_of_no_batch]
