"""What waits for a second person of those who keep the registers."""

from quintet.directory.actions import duties, members, ties

kinds = [members.WAITING, members.LEFT, duties.WAITING, ties.WAITING]
