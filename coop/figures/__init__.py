"""外部数据: figures other departments give, collected, reviewed and entered by different people (RULES §8)."""
