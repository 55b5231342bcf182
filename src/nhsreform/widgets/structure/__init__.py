"""Who commissions: who held the money, who bought, who supplied and who answered to whom."""
