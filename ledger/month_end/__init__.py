"""The month's end 月末: what this floor looks at besides the obstacles of the close itself."""
