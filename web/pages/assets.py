"""固定资产卡片: the cards, the plan of each month by month, and the month's 计提 as a draft."""
