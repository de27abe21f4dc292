"""What follows when an account ends: organisations for which nobody else acts."""

from quintet.directory.actions.members import tell_of_account_ended

account_ended = [tell_of_account_ended]
