"""What waits for a second person of those who keep accounts, sign-in and holidays."""

from quintet.core import account_proposals, holidays, second_factors

kinds = [account_proposals.WAITING, second_factors.WAITING, second_factors.WAITING_LIFTINGS, holidays.WAITING]
