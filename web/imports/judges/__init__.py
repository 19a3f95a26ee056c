"""What must hold across rows, sheets and workbooks of a pack. Pure: rows in, findings out."""
