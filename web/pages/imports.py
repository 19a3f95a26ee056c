"""导入: a hand-over pack is dropped and read dry; what was repaired, what must be mended, what would be written; then all
or nothing."""
