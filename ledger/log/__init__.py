"""The operation log: every act, who, when, what, before and after; append-only, each entry a link of the chain."""
