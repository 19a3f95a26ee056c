"""The daily cash count beside the cash journal 现金日记账."""
