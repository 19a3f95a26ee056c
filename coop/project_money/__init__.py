"""Project money of a collective 项目资金: lines on 241 named for their source and their use."""
