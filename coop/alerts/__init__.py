"""Red lines 红线 as data, and the life of the alerts 预警 of villages that break one."""
