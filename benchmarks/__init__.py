"""The published benchmarks: each figure beside the ceiling it is measured against, in the same run."""
