"""Village collective income 村集体经济收入 and what it is measured against."""
