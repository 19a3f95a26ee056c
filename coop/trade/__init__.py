"""Members' trade with the cooperative 交易: the patronage of 合作社法 第四十四条."""
