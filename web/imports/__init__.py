"""A hand-over pack 移交包 read from a folder or a zip: ``read.read_pack`` is the door.

What is certain is repaired and listed, what is not is reported, nothing is silent:

    folders    the files of a pack, guarded against what an archive can do
    workbooks  a workbook's cells as they stand: formulas, error values, merged and hidden cells with them
    cells      the habits of spreadsheets, and the value each kind of cell holds
    columns    the sheets and their columns, as data
    headers    which row names the columns, and which column is which
    sheets     rows and cells of one sheet
    forms      the sheets of items: 项目, 内容
    contents   the sheets of a workbook, found by their names
    habits     the closed list of what is repaired
    defects    the closed list of what is reported
    findings   what was mended and what is wrong, each once, at its cause
    judges/    what must hold across rows, sheets and workbooks
    cooperatives, townships   a workbook read, judged and handed over as one value
"""
