"""The closed list of habits: ways of filling in a spreadsheet whose meaning is certain, so they are repaired.

``３５３６．００`` is 3536.00. A habit carries the name the trade gives it.
"""

from schemas.units import Value


class Habit(Value):
    """A way of writing that is taken in: its stable code, its name, and the same in English."""

    code: str
    zh: str
    says: str
    note: str | None = None


# --- how a cell is written --------------------------------------------------------------------------------------

full_width_digits = Habit(code="full_width_digits", zh="全角数字", says="full-width digits")
full_width_letters = Habit(code="full_width_letters", zh="全角字符", says="full-width characters")
thousands_separator = Habit(code="thousands_separator", zh="千分位分隔符", says="thousands separators")
trailing_space = Habit(code="trailing_space", zh="尾部空格", says="spaces at the end")
leading_space = Habit(code="leading_space", zh="首部空格", says="spaces at the start")
inner_space = Habit(code="inner_space", zh="中间空格", says="spaces inside")
invisible_character = Habit(code="invisible_character", zh="不可见字符", says="invisible characters")
line_break = Habit(code="line_break", zh="单元格内换行", says="line breaks in the cell")
tab = Habit(code="tab", zh="单元格内制表符", says="tabs in the cell")
leading_apostrophe = Habit(code="leading_apostrophe", zh="前导撇号", says="an apostrophe in front")
text_number = Habit(code="text_number", zh="数字存为文本", says="a number stored as text")
number_code = Habit(code="number_code", zh="编号存为数字", says="a code stored as a number")
number_of_a_person = Habit(
    code="number_of_a_person",
    zh="文字中的号码",
    says="a number of a person in a text, masked",
    note="已遮盖，号码已登记",
)
text_stored_otherwise = Habit(
    code="text_stored_otherwise", zh="文本存为其他类型", says="a text stored as a number or date"
)
float_noise = Habit(
    code="float_noise", zh="浮点误差", says="the rest of a binary fraction after fifteen digits"
)
currency_sign = Habit(code="currency_sign", zh="货币符号", says="a currency sign")
unit_behind = Habit(code="unit_behind", zh="数字带单位", says="a unit behind the number")
ten_thousands = Habit(code="ten_thousands", zh="以万为单位", says="an amount in ten thousands")
chinese_numerals = Habit(code="chinese_numerals", zh="中文数字", says="Chinese numerals")
bracketed_negative = Habit(code="bracketed_negative", zh="括号负数", says="a negative number in parentheses")
marked_negative = Habit(code="marked_negative", zh="负号写法", says="an unusual minus sign")
dash_for_nothing = Habit(code="dash_for_nothing", zh="以符号表示空", says="a sign for nothing")
ditto = Habit(code="ditto", zh="同上", says="the same as above")
dotted_date = Habit(code="dotted_date", zh="日期写作2025.3.5", says="a date written 2025.3.5")
slashed_date = Habit(code="slashed_date", zh="日期写作2025/3/5", says="a date written 2025/3/5")
chinese_date = Habit(code="chinese_date", zh="日期写作2025年3月5日", says="a date written 2025年3月5日")
compact_date = Habit(code="compact_date", zh="日期写作20250305", says="a date written 20250305")
text_date = Habit(code="text_date", zh="日期为文本", says="a date stored as text")
serial_date = Habit(code="serial_date", zh="日期为Excel序列号", says="a date stored as its serial number")
date_with_time = Habit(code="date_with_time", zh="日期带时间", says="a date with a time of day")
lower_case_x = Habit(code="lower_case_x", zh="小写x", says="a lower-case x in an identity number")
letter_case = Habit(code="letter_case", zh="字母大小写", says="upper and lower case")
yes_or_no = Habit(code="yes_or_no", zh="是否写法", says="another way to write yes or no")
percent = Habit(code="percent", zh="百分数", says="a percentage for basis points")
voucher_number_form = Habit(
    code="voucher_number_form", zh="凭证号写法", says="another way to write a voucher number"
)
bracket_form = Habit(code="bracket_form", zh="括号写法", says="other brackets")
separator_form = Habit(code="separator_form", zh="分隔符写法", says="other separators")
cached_formula = Habit(
    code="cached_formula", zh="带缓存值的公式", says="a formula with its stored value", note="读取缓存值"
)

# --- how a sheet is laid out ------------------------------------------------------------------------------------

blank_row = Habit(code="blank_row", zh="空行", says="blank rows", note="跳过空行，前后各行照常读取")
merged_title = Habit(code="merged_title", zh="合并单元格标题行", says="a merged title above the header")
title_row = Habit(code="title_row", zh="标题行", says="a title above the header")
header_form = Habit(code="header_form", zh="表头写法", says="another way to write a column name")
column_order = Habit(code="column_order", zh="列顺序不同", says="columns in another order")
repeated_header = Habit(
    code="repeated_header", zh="重复表头", says="the header repeated", note="跳过重复的表头行"
)
total_row = Habit(code="total_row", zh="合计行", says="a row of totals", note="跳过合计行，合计数与明细相符")
footer_row = Habit(
    code="footer_row", zh="表尾说明行", says="a row of signatures or notes", note="跳过表尾说明行"
)
merged_cells = Habit(code="merged_cells", zh="合并单元格", says="merged cells", note="合并区域各行同值")
carried_down = Habit(code="carried_down", zh="承上行省略", says="left out as on the line above")
line_order = Habit(code="line_order", zh="行号顺序颠倒", says="lines out of order", note="按行号排列")
hidden_sheet = Habit(code="hidden_sheet", zh="隐藏工作表", says="a hidden sheet", note="照常读取")
hidden_rows = Habit(code="hidden_rows", zh="隐藏行", says="hidden rows", note="照常读取")
hidden_columns = Habit(code="hidden_columns", zh="隐藏列", says="hidden columns", note="照常读取")
sheet_name_form = Habit(code="sheet_name_form", zh="工作表名写法", says="another way to write a sheet name")
empty_sheet = Habit(code="empty_sheet", zh="多余的空工作表", says="an empty sheet", note="没有内容，未读取")
extra_sheet = Habit(
    code="extra_sheet", zh="多余的工作表", says="a sheet that is not part of a pack", note="未读取"
)
extra_column = Habit(
    code="extra_column", zh="多余的列", says="a column that is not part of the sheet", note="未读取"
)
stray_cells = Habit(code="stray_cells", zh="表外内容", says="cells outside the named columns", note="未读取")
extra_item = Habit(
    code="extra_item", zh="多余的项目", says="an item that is not part of the sheet", note="未读取"
)
extra_file = Habit(
    code="extra_file", zh="多余的文件", says="a file that is not part of a pack", note="未读取"
)
scan_elsewhere = Habit(
    code="scan_elsewhere", zh="附件不在附件文件夹", says="a scan outside the folder 附件", note="照常读取"
)
scan_name_form = Habit(code="scan_name_form", zh="附件名写法", says="another way to name a scan")
empty_column = Habit(code="empty_column", zh="多余的空列", says="an empty column", note="没有内容，未读取")
system_file = Habit(
    code="system_file", zh="系统文件", says="a file of the operating system", note="与移交资料无关，未读取"
)
