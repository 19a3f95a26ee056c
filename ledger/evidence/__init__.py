"""Evidence 原始凭证: scans and files, known by their SHA-256, added and never removed."""
