"""The closed list of defects: what a pack may have wrong, and what is reported.

Its meaning is not certain (an amount of 66.045 yuan), or a rule of the books does not hold. A defect carries the name
the trade gives it, and says in a sentence what must hold and how to mend it. What is repaired is a habit.
"""

from schemas.problems import Fault, Severity


class Defect(Fault):
    """A fault of a pack; ``zh`` is its name and ``note`` its sentence in the language of the workbook."""

    zh: str = ""
    note: str | None = None


# --- the pack and its files ------------------------------------------------------------------------------------

pack_must_be_readable = Defect(
    code="pack_must_be_readable",
    zh="移交包无法打开",
    says="The pack {file} cannot be opened: {reason}.",
    remedy="Hand in a folder, or a zip file of it, with 合作社-….xlsx, 乡镇-….xlsx and 附件.",
    note="{file}：{reason}",
)
pack_must_be_safe = Defect(
    code="pack_must_be_safe",
    zh="压缩包不安全",
    says="The pack is refused: {reason}.",
    remedy="Pack the folder again with the archive tool of the computer it comes from.",
    note="{reason}",
)
pack_must_be_one = Defect(
    code="pack_must_be_one",
    zh="移交包不止一个",
    says="Workbooks lie in several folders: {folders}.",
    remedy="Hand in one pack at a time.",
    note="工作簿分散在：{folders}",
)
workbook_must_be_present = Defect(
    code="workbook_must_be_present",
    zh="缺少工作簿",
    says="The pack has no workbook {expected}.",
    remedy="Add it to the folder, under that name.",
    note="应有{expected}",
)
workbook_must_be_one = Defect(
    code="workbook_must_be_one",
    zh="工作簿多于一个",
    says="The pack has more than one township workbook: {files}.",
    remedy="Leave the one that is handed over.",
    note="{files}",
)
workbook_must_be_readable = Defect(
    code="workbook_must_be_readable",
    zh="工作簿无法读取",
    says="The workbook cannot be read: {reason}.",
    remedy="Open it in the spreadsheet program, mend it, and save it as .xlsx without a password.",
    note="{reason}",
)
workbook_must_be_xlsx = Defect(
    code="workbook_must_be_xlsx",
    zh="工作簿不是xlsx格式",
    says="The workbook is not in the .xlsx format.",
    remedy="Open it in the spreadsheet program and save it as .xlsx.",
    note="请另存为xlsx",
)
scan_should_name_a_voucher = Defect(
    code="scan_should_name_a_voucher",
    zh="附件没有对应凭证",
    says="The scan {scan} belongs to no voucher of the pack.",
    remedy="Name it 附件/<账套简称>-<凭证号>-1.png after the voucher it proves.",
    severity=Severity.WARNING,
    note="{reason}",
)
scan_must_be_readable = Defect(
    code="scan_must_be_readable",
    zh="附件文件损坏或类型不符",
    says="The scan is no {expected} file: {reason}.",
    remedy="Scan it again.",
    note="{reason}",
)

# --- sheets, columns, cells ------------------------------------------------------------------------------------

sheet_must_be_present = Defect(
    code="sheet_must_be_present",
    zh="缺少工作表",
    says="The sheet {raw} is missing.",
    remedy="Add the sheet with its header; it may be empty where there is nothing to tell.",
)
sheet_must_keep_its_name = Defect(
    code="sheet_must_keep_its_name",
    zh="工作表名被改",
    says="The sheet {expected} is missing, and {found} looks like it.",
    remedy="Name the sheet {expected} again.",
    note="缺少工作表“{expected}”，多出工作表“{found}”",
)
sheet_must_be_one = Defect(
    code="sheet_must_be_one",
    zh="工作表重复",
    says="There are two sheets {expected}.",
    remedy="Leave the one that is handed over.",
    note="与工作表“{expected}”重名",
)
sheet_should_not_be_a_second = Defect(
    code="sheet_should_not_be_a_second",
    zh="工作表疑似重复",
    says="The sheet {raw} has the columns of {like}, and was not read.",
    remedy="Take it out, or move its rows into {like}.",
    severity=Severity.WARNING,
    note="列与“{like}”相同，未读取",
)
sheet_must_have_a_header = Defect(
    code="sheet_must_have_a_header",
    zh="找不到表头",
    says="No row of the sheet names its columns: {columns}.",
    remedy="Put the column names into one row above the data.",
    note="应有列：{columns}",
)
sheet_must_be_of_a_size = Defect(
    code="sheet_must_be_of_a_size",
    zh="工作表过大",
    says="The sheet reaches to {reach}: more than {most} cells.",
    remedy="Delete the empty rows and columns behind the data, or hand over fewer years at once.",
    note="数据区域到{reach}，超过{most}格",
)
column_must_keep_its_name = Defect(
    code="column_must_keep_its_name",
    zh="列名被改",
    says="The column {expected} is missing, and there is a column {found}.",
    remedy="Name the column {expected} again.",
    note="缺少列“{expected}”，多出列“{found}”",
)
column_must_be_present = Defect(
    code="column_must_be_present",
    zh="缺少列",
    says="The column {expected} is missing.",
    remedy="Add the column; it may be empty where there is nothing to tell.",
    note="缺少列“{expected}”",
)
column_must_be_one = Defect(
    code="column_must_be_one",
    zh="列名重复",
    says="Two columns are named {expected}.",
    remedy="Leave the one that holds.",
    note="列“{expected}”出现两次",
)
total_should_agree = Defect(
    code="total_should_agree",
    zh="合计数与明细不符",
    says="The total {total} is not the sum of the rows above, {sum}.",
    remedy="Look for a row that is missing or was changed.",
    severity=Severity.WARNING,
    note="合计{total}，明细之和{sum}",
)
item_must_be_present = Defect(
    code="item_must_be_present",
    zh="缺少项目",
    says="The item {item} is missing.",
    remedy="Add a row with this item and its value.",
    note="缺少项目“{item}”",
)
item_must_keep_its_name = Defect(
    code="item_must_keep_its_name",
    zh="项目名被改",
    says="The item {expected} is missing, and there is an item {found}.",
    remedy="Name the item {expected} again.",
    note="缺少项目“{expected}”，多出项目“{found}”",
)
item_must_be_one = Defect(
    code="item_must_be_one",
    zh="项目重复",
    says="The item {item} stands twice.",
    remedy="Leave the row that holds.",
    note="项目“{item}”出现两次",
)
item_must_be_known = Defect(
    code="item_must_be_known",
    zh="项目不认识",
    says="The item {item} is not known.",
    remedy="Correct its name, or take the row out.",
    note="不认识的项目“{item}”",
)
cell_must_not_be_empty = Defect(
    code="cell_must_not_be_empty",
    zh="必填项为空",
    says="The column {column} is empty.",
    remedy="Fill it in.",
    note="缺少{column}",
)
cell_must_not_be_an_error = Defect(
    code="cell_must_not_be_an_error",
    zh="单元格为错误值",
    says="The cell shows the error {error}.",
    remedy="Mend the formula, or type the value.",
    note="{error}",
)
formula_must_have_a_value = Defect(
    code="formula_must_have_a_value",
    zh="公式没有缓存值",
    says="The formula has no stored value.",
    remedy="Open the workbook in the spreadsheet program and save it, or type the value.",
    note="打开后重新保存，或改填数值",
)
amount_must_be_whole_fen = Defect(
    code="amount_must_be_whole_fen",
    zh="金额有三位小数",
    says="The amount {raw} is not a whole number of fen.",
    remedy="Give the amount with two decimals; it is not rounded here.",
    note="拒绝，不得四舍五入",
)
amount_must_be_a_number = Defect(
    code="amount_must_be_a_number",
    zh="金额单元格为文字",
    says="{raw} is no amount.",
    remedy="Give the amount in yuan, as a number.",
)
quantity_must_be_in_hundredths = Defect(
    code="quantity_must_be_in_hundredths",
    zh="数量有三位小数",
    says="{raw} has more than two decimals.",
    remedy="Give it with two decimals; it is not rounded here.",
    note="拒绝，不得四舍五入",
)
quantity_must_be_a_number = Defect(
    code="quantity_must_be_a_number",
    zh="数量单元格为文字",
    says="{raw} is no number.",
    remedy="Give it as a number.",
)
number_must_be_whole = Defect(
    code="number_must_be_whole",
    zh="应为整数",
    says="{raw} is no whole number.",
    remedy="Give a whole number.",
)
number_must_be_in_range = Defect(
    code="number_must_be_in_range",
    zh="数值超出范围",
    says="{raw} is not between {least} and {most}.",
    remedy="Correct the number.",
    note="应在{least}与{most}之间",
)
date_must_be_certain = Defect(
    code="date_must_be_certain",
    zh="日期无法识别",
    says="{raw} is no certain date.",
    remedy="Give year, month and day, as in 2025-03-05.",
)
text_must_be_a_text = Defect(
    code="text_must_be_a_text",
    zh="应为文字",
    says="{raw} is no text.",
    remedy="Type the text.",
)
code_must_keep_its_form = Defect(
    code="code_must_keep_its_form",
    zh="编号格式不对",
    says="{raw} is not written like {example}.",
    remedy="Correct it.",
    note="应如{example}",
)
code_must_have_a_letter_or_digit = Defect(
    code="code_must_have_a_letter_or_digit",
    zh="编号没有字母和数字",
    says="{raw} has no letter and no digit.",
    remedy="Type the code from the paper.",
)
code_must_not_lose_digits = Defect(
    code="code_must_not_lose_digits",
    zh="编号存为科学计数法数字",
    says="The number was stored as {raw}; its last digits are lost.",
    remedy="Format the cell as text and type the number again from the paper.",
    note="末位已丢失，无法还原",
)
identity_must_not_lose_digits = Defect(
    code="identity_must_not_lose_digits",
    zh="身份证号存为科学计数法数字",
    says="The identity number was stored as {raw}; its last digits are lost.",
    remedy="Format the cell as text and type the number again from the card.",
    note="末位已丢失，无法还原",
)
bank_account_must_not_lose_digits = Defect(
    code="bank_account_must_not_lose_digits",
    zh="银行账号存为科学计数法数字",
    says="The account number was stored as {raw}; its last digits are lost.",
    remedy="Format the cell as text and type the number again.",
    note="末位已丢失，无法还原",
)
choice_must_be_known = Defect(
    code="choice_must_be_known",
    zh="取值不在规定范围",
    says="{raw} is none of: {choices}.",
    remedy="Choose one of them.",
    note="应为：{choices}",
)

# --- who there is ----------------------------------------------------------------------------------------------

member_must_be_unique = Defect(
    code="member_must_be_unique",
    zh="成员编号重复",
    says="The member number {number} stands twice.",
    remedy="Give each member a number of their own.",
)
member_must_exist = Defect(
    code="member_must_exist",
    zh="成员不存在",
    says="There is no member {number}.",
    remedy="Correct the number, or add the member to 成员.",
)
counterparty_must_be_unique = Defect(
    code="counterparty_must_be_unique",
    zh="往来单位编号重复",
    says="The counterparty code {code} stands twice.",
    remedy="Give each counterparty a code of its own.",
)
counterparty_must_exist = Defect(
    code="counterparty_must_exist",
    zh="往来单位不存在",
    says="There is no counterparty {code}.",
    remedy="Correct the code, or add it to 往来单位.",
)
identity_must_have_eighteen_digits = Defect(
    code="identity_must_have_eighteen_digits",
    zh="身份证号格式错误",
    says="{raw} is no identity number of eighteen digits.",
    remedy="Correct it from the card.",
    note="应为18位",
)
identity_check_digit_must_fit = Defect(
    code="identity_check_digit_must_fit",
    zh="身份证校验位错误",
    says="The check digit of the identity number does not fit.",
    remedy="Correct it from the card.",
)
identity_must_hold_a_birth_date = Defect(
    code="identity_must_hold_a_birth_date",
    zh="身份证出生日期错误",
    says="The birth date {born} inside the identity number is not possible.",
    remedy="Correct it from the card.",
    note="出生日期{born}",
)
identity_must_be_unique = Defect(
    code="identity_must_be_unique",
    zh="身份证号重复",
    says="Two members have the same identity number.",
    remedy="Correct the one that is wrong, or leave one of the two members.",
    note="与{other}相同",
)
credit_code_must_fit = Defect(
    code="credit_code_must_fit",
    zh="统一社会信用代码错误",
    says="{raw} is no credit code: its form or its check character does not fit.",
    remedy="Correct it from the certificate.",
    note="格式或校验位不符",
)
card_number_should_fit = Defect(
    code="card_number_should_fit",
    zh="银行卡号不符合Luhn校验",
    says="The card number does not fit its check digit.",
    remedy="Compare it with the card; if it is a passbook, say so in 账户类型.",
    severity=Severity.WARNING,
)
number_in_text_should_be_on_record = Defect(
    code="number_in_text_should_be_on_record",
    zh="文字中的号码与登记不符",
    says="The text holds a number ({number}) that is not on record for whom it is about.",
    remedy="Compare it with its paper, and enter it where it belongs; in the text it is masked.",
    severity=Severity.WARNING,
    note="{number}未登记",
)
code_must_be_no_number_of_a_person = Defect(
    code="code_must_be_no_number_of_a_person",
    zh="编号用了证件号或账号",
    says="{number} is an identity, account or telephone number: lists and vouchers would show it to everybody.",
    remedy="Give it a number of its own, wherever the pack names it.",
    note="{number}",
)
bank_account_should_be_a_number = Defect(
    code="bank_account_should_be_a_number",
    zh="银行账号格式不对",
    says="{raw} does not look like an account number.",
    remedy="Compare it with the card or passbook.",
    severity=Severity.WARNING,
)
bank_account_should_be_one_household = Defect(
    code="bank_account_should_be_one_household",
    zh="银行账号重复",
    says="Two households have the same account.",
    remedy="Compare it with the cards or passbooks.",
    severity=Severity.WARNING,
    note="与{other}相同，户编号不同",
)
phone_should_have_eleven_digits = Defect(
    code="phone_should_have_eleven_digits",
    zh="手机号格式不对",
    says="{raw} is no mobile number of eleven digits.",
    remedy="Correct it.",
    severity=Severity.WARNING,
)
household_must_be_named = Defect(
    code="household_must_be_named",
    zh="农户缺少户编号",
    says="The household of member {number} is not named.",
    remedy="Give its number in 户编号.",
)
leaver_must_have_joined = Defect(
    code="leaver_must_have_joined",
    zh="退社日期早于入社日期",
    says="Member {number} left on {left}, before joining on {joined}.",
    remedy="Correct the dates.",
    note="入社日期{joined}",
)
manager_must_be_the_member = Defect(
    code="manager_must_be_the_member",
    zh="管理员姓名与成员不符",
    says="Member {number} is {name}, not {written}.",
    remedy="Correct number or name.",
    note="{number}为{name}",
)
manager_must_be_written_in_full = Defect(
    code="manager_must_be_written_in_full",
    zh="管理员写法错误",
    says="{raw} does not name a member number, a name and a village code.",
    remedy="Write it as Q0006/姓名/450000101200.",
    note="应为成员编号/姓名/村编码",
)
standard_must_be_known = Defect(
    code="standard_must_be_known",
    zh="会计制度不认识",
    says="There is no accounting system {raw}.",
    remedy="Choose one of: {known}.",
    note="应为：{known}",
)
short_name_must_fit_the_file = Defect(
    code="short_name_must_fit_the_file",
    zh="单位简称与文件名不符",
    says="The workbook is named for {file}, and its short name is {short}.",
    remedy="Give both the same name.",
    note="文件名为{file}",
)
short_name_must_be_unique = Defect(
    code="short_name_must_be_unique",
    zh="单位简称重复",
    says="Two books of the pack have the short name {short}.",
    remedy="Give each a name of its own.",
)
years_must_agree = Defect(
    code="years_must_agree",
    zh="会计年度不一致",
    says="The year {year} is not the pack's year {other}.",
    remedy="Hand over one year at a time.",
    note="其他工作簿为{other}年",
)
year_must_be_the_vouchers = Defect(
    code="year_must_be_the_vouchers",
    zh="会计年度与凭证日期不符",
    says="The year is {year}, and most vouchers are of {other}.",
    remedy="Correct the year.",
    note="多数凭证为{other}年",
)
founding_must_not_be_after_the_vouchers = Defect(
    code="founding_must_not_be_after_the_vouchers",
    zh="建账日期晚于凭证日期",
    says="The book begins on {founded}, and most vouchers are older.",
    remedy="Correct the date.",
    note="多数凭证早于{founded}",
)
founding_must_not_be_later = Defect(
    code="founding_must_not_be_later",
    zh="建账日期晚于会计年度",
    says="The book begins on {founded}, after the year {year}.",
    remedy="Correct the date or the year.",
    note="会计年度{year}",
)

# --- vouchers and openings -------------------------------------------------------------------------------------

account_must_exist = Defect(
    code="account_must_exist",
    zh="科目不存在",
    says="The chart has no account {account}.",
    remedy="Correct the code; what is kept below an account stands in 明细.",
)
account_name_must_fit = Defect(
    code="account_name_must_fit",
    zh="科目名称与编码不符",
    says="Account {account} is {name}, not {written}.",
    remedy="Correct code or name.",
    note="{account}为{name}",
)
account_name_should_fit = Defect(
    code="account_name_should_fit",
    zh="科目名称不规范",
    says="Account {account} is {name}, not {written}.",
    remedy="Write the name of the chart.",
    severity=Severity.WARNING,
    note="{account}为{name}",
)
detail_must_be_given = Defect(
    code="detail_must_be_given",
    zh="缺少明细",
    says="Account {account} is kept by {kept_by}, and the line names none.",
    remedy="Fill in 明细.",
    note="{account}须填明细",
)
detail_must_not_be_given = Defect(
    code="detail_must_not_be_given",
    zh="科目不设明细",
    says="Account {account} is not kept by details.",
    remedy="Leave 明细 empty.",
    note="{account}不设明细",
)
detail_must_be_one_of_the_names = Defect(
    code="detail_must_be_one_of_the_names",
    zh="明细不在规定名称内",
    says="Account {account} is kept by: {names}.",
    remedy="Write one of these names.",
    note="应为：{names}",
)
source_must_be_named = Defect(
    code="source_must_be_named",
    zh="专项基金来源不明",
    says="The detail of 311 says neither 财政补助-… nor 社会捐赠-….",
    remedy="Write the source in front: state aid and donations are quantified apart.",
    note="应为财政补助-…或社会捐赠-…",
)
quantity_must_not_be_given = Defect(
    code="quantity_must_not_be_given",
    zh="科目不记数量",
    says="Account {account} takes no quantity.",
    remedy="Leave 数量 empty.",
    note="{account}不记数量",
)
line_must_have_an_amount = Defect(
    code="line_must_have_an_amount",
    zh="借贷方均无金额",
    says="The line has no amount.",
    remedy="Give the amount on one side, or take the line out.",
)
line_must_have_one_side = Defect(
    code="line_must_have_one_side",
    zh="借贷方同时有金额",
    says="The line has an amount on both sides.",
    remedy="Make two lines of it.",
)
voucher_must_balance = Defect(
    code="voucher_must_balance",
    zh="凭证借贷不平",
    says="Voucher {number}: debits {debit}, credits {credit}.",
    remedy="Correct the amount that is wrong.",
    note="{larger}比{smaller}多{difference}元",
)
voucher_must_have_two_lines = Defect(
    code="voucher_must_have_two_lines",
    zh="凭证只有一行",
    says="Voucher {number} has one line.",
    remedy="Add the other side.",
)
voucher_number_must_be_unique = Defect(
    code="voucher_number_must_be_unique",
    zh="凭证号重复",
    says="Two vouchers have the number {number}.",
    remedy="Give the later one its own number, or take it out if it was entered twice.",
    note="{reason}",
)
voucher_numbers_should_be_continuous = Defect(
    code="voucher_numbers_should_be_continuous",
    zh="凭证号断号",
    says="Missing: {missing}.",
    remedy="Look for the voucher; if the number was never used, confirm it at the import and say why.",
    severity=Severity.WARNING,
    note="缺少{missing}",
)
voucher_number_must_follow = Defect(
    code="voucher_number_must_follow",
    zh="凭证号与次序不符",
    says="Voucher {number} stands where {expected} belongs, and {expected} is missing.",
    remedy="Correct the voucher number.",
    note="此处应为{expected}",
)
voucher_lines_must_be_numbered = Defect(
    code="voucher_lines_must_be_numbered",
    zh="行号重复",
    says="Voucher {number} has two lines {line}.",
    remedy="Number the lines of a voucher from 1.",
    note="{number}的行号{line}重复",
)
voucher_lines_should_be_continuous = Defect(
    code="voucher_lines_should_be_continuous",
    zh="行号断号",
    says="Voucher {number}: lines missing: {missing}.",
    remedy="Look for the line.",
    severity=Severity.WARNING,
    note="{number}缺少行号{missing}",
)
voucher_must_have_one_date = Defect(
    code="voucher_must_have_one_date",
    zh="同一凭证日期不一致",
    says="The lines of voucher {number} have different dates.",
    remedy="Give them one date.",
    note="{number}其余各行日期为{date}",
)
line_must_have_its_vouchers_number = Defect(
    code="line_must_have_its_vouchers_number",
    zh="同一凭证凭证号不一致",
    says="The line stands in voucher {number} and says {written}.",
    remedy="Correct the voucher number.",
    note="该行属于{number}",
)
voucher_must_have_one_heading = Defect(
    code="voucher_must_have_one_heading",
    zh="同一凭证各行不一致",
    says="The lines of voucher {number} differ in {column}.",
    remedy="A voucher has one number of originals, one preparer and one reviewer.",
    note="{number}其余各行{column}为{usual}",
)
date_must_be_in_the_year = Defect(
    code="date_must_be_in_the_year",
    zh="日期不在会计年度内",
    says="{date} is not in the year {year}.",
    remedy="Correct the date.",
)
date_must_not_be_before_the_book = Defect(
    code="date_must_not_be_before_the_book",
    zh="日期早于建账日期",
    says="{date} is before the book began, on {founded}.",
    remedy="Correct the date.",
    note="建账日期{founded}",
)
reviewer_must_differ = Defect(
    code="reviewer_must_differ",
    zh="制单与审核为同一人",
    says="{name} prepared and reviewed voucher {number}.",
    remedy="Correct 制单 or 审核 from the paper; the two are different people.",
    note="{number}制单、审核均为{name}",
)
correction_must_name_a_voucher = Defect(
    code="correction_must_name_a_voucher",
    zh="更正的凭证不存在",
    says="There is no voucher {number} to correct.",
    remedy="Correct the number in 摘要.",
    note="没有{number}号凭证",
)
correction_must_be_one = Defect(
    code="correction_must_be_one",
    zh="一张凭证更正多张",
    says="The lines of the voucher name different vouchers.",
    remedy="Correct each voucher by one of its own.",
)
correction_must_fit_the_date = Defect(
    code="correction_must_fit_the_date",
    zh="更正摘要日期不符",
    says="Voucher {number} is of {date}, not of {written}.",
    remedy="Correct date or number in 摘要.",
    note="{number}的日期为{date}",
)
correction_must_come_later = Defect(
    code="correction_must_come_later",
    zh="更正早于原凭证",
    says="Voucher {number} is later than the one that corrects it.",
    remedy="Correct the number in 摘要.",
    note="{number}的日期为{date}",
)
cancellation_must_be_single = Defect(
    code="cancellation_must_be_single",
    zh="凭证被重复注销",
    says="Voucher {number} was cancelled already, by {other}.",
    remedy="A voucher is cancelled once: take one of the two out.",
    note="{number}已由{other}注销",
)
cancellation_must_be_the_negative = Defect(
    code="cancellation_must_be_the_negative",
    zh="注销凭证与原凭证金额不符",
    says="The red voucher is not the exact negative of {number}.",
    remedy="Book the same accounts, details and sides with the amounts negative.",
    note="应为{number}各行的红字",
)
openings_must_balance = Defect(
    code="openings_must_balance",
    zh="期初余额借贷不平",
    says="Opening balances: debits {debit}, credits {credit}.",
    remedy="Correct the amount that is wrong.",
    note="{larger}比{smaller}多{difference}元",
)
opening_must_be_unique = Defect(
    code="opening_must_be_unique",
    zh="期初余额重复",
    says="The opening balance of {account} {detail} stands twice.",
    remedy="Leave the one that holds, or add the two up.",
)
opening_must_be_of_a_lasting_account = Defect(
    code="opening_must_be_of_a_lasting_account",
    zh="损益科目有期初余额",
    says="Account {account} is closed at the end of a year and opens with nothing.",
    remedy="Close the year before handing over, or correct the code.",
    note="{account}年末应无余额",
)
opening_must_have_a_year_before = Defect(
    code="opening_must_have_a_year_before",
    zh="新建账套有期初余额",
    says="The book began in this year, on {founded}, and opens with nothing.",
    remedy="Correct 建账日期, or take the opening balances out.",
    note="建账日期{founded}",
)

# --- shares ----------------------------------------------------------------------------------------------------

share_unit_must_fit = Defect(
    code="share_unit_must_fit",
    zh="出资方式与单位不符",
    says="{kind} is counted in {expected}, not in {unit}.",
    remedy="Correct 方式 or 单位.",
    note="{kind}应以{expected}计",
)
share_amount_must_be_the_product = Defect(
    code="share_amount_must_be_the_product",
    zh="数量乘单价与金额不符",
    says="{quantity} times {price} is {product}, not {amount}.",
    remedy="Correct the one that is wrong.",
    note="数量乘单价为{product}",
)
share_must_name_its_voucher = Defect(
    code="share_must_name_its_voucher",
    zh="出资缺少凭证号",
    says="The contribution names no voucher.",
    remedy="Give the number of the voucher that booked it.",
)
earlier_share_must_name_the_year = Defect(
    code="earlier_share_must_name_the_year",
    zh="往年出资凭证号缺少年份",
    says="The contribution is of {year}, and its voucher number {number} does not say so.",
    remedy="Write it with the year in front: {year}-{number}.",
    note="应写作{year}-{number}",
)
labour_must_not_be_booked = Defect(
    code="labour_must_not_be_booked",
    zh="劳力股不得有凭证号",
    says="Labour is no registered capital and has no voucher, but names {number}.",
    remedy="Leave 凭证号 empty, or correct 方式.",
    note="劳力股不入股金",
)
share_voucher_must_exist = Defect(
    code="share_voucher_must_exist",
    zh="出资凭证不存在",
    says="There is no voucher {number}.",
    remedy="Correct the voucher number.",
    note="没有{number}号凭证",
)
share_should_have_its_vouchers_date = Defect(
    code="share_should_have_its_vouchers_date",
    zh="出资日期与凭证不符",
    says="Voucher {number} is of {date}.",
    remedy="Correct the date or the number.",
    severity=Severity.WARNING,
    note="{number}的日期为{date}",
)
share_must_equal_account_301 = Defect(
    code="share_must_equal_account_301",
    zh="出资合计与股金科目不符",
    says="Contributions of member {member}: {register}, account 301: {booked}.",
    remedy="Correct the contribution or the voucher.",
    note="成员{member}的出资比301科目{direction}{difference}元",
)
holding_must_not_be_negative = Defect(
    code="holding_must_not_be_negative",
    zh="持股为负",
    says="Member {member} held {held} and gave up {given_up}.",
    remedy="Correct the amount, or add the contribution that is missing.",
    note="{kind}股退出额大于持有额",
)
leaver_must_not_move = Defect(
    code="leaver_must_not_move",
    zh="已退社成员仍有变动",
    says="Member {member} left on {left}.",
    remedy="Correct the member or the date; what a leaver is paid back is a negative row.",
    note="退社日期{left}",
)
member_must_have_joined = Defect(
    code="member_must_have_joined",
    zh="入社前已有变动",
    says="Member {member} joined on {joined}.",
    remedy="Correct the member or the date.",
    note="入社日期{joined}",
)

# --- trade, labour, herd, ballots ------------------------------------------------------------------------------

trade_must_have_signs_that_agree = Defect(
    code="trade_must_have_signs_that_agree",
    zh="交易数量与金额不符",
    says="Quantity {quantity} and amount {amount} do not go together.",
    remedy="Correct the one that is wrong; a return has both negative.",
    note="数量{quantity}，金额{amount}",
)
trade_should_be_entered_once = Defect(
    code="trade_should_be_entered_once",
    zh="交易疑似重复",
    says="The same trade of {member} stands in row {row} already.",
    remedy="Take one of the two out, or confirm that there were two.",
    severity=Severity.WARNING,
    note="与第{row}行相同",
)
calves_should_be_in_the_herd = Defect(
    code="calves_should_be_in_the_herd",
    zh="牛犊出资与牛只登记不符",
    says="Member {member} contributed {contributed} calves, and {kept} of them are in 牛只.",
    remedy="Correct the owner or origin of an animal, or the contribution.",
    severity=Severity.WARNING,
    note="成员{member}牛犊出资{contributed}头，牛只登记{kept}头",
)
work_days_must_be_positive = Defect(
    code="work_days_must_be_positive",
    zh="工日不合理",
    says="{days} work days in one row are not possible.",
    remedy="Correct the number.",
    note="应大于0且不超过31",
)
day_wage_must_be_positive = Defect(
    code="day_wage_must_be_positive",
    zh="日工价不合理",
    says="A day's wage of {wage} is not possible.",
    remedy="Correct the amount.",
    note="应大于0",
)
ear_tag_must_have_fifteen_digits = Defect(
    code="ear_tag_must_have_fifteen_digits",
    zh="耳标格式错误",
    says="{raw} is no ear tag: 2 or 3 and fourteen digits more.",
    remedy="Correct it from the tag.",
    note="应为2或3开头的15位数字",
)
ear_tag_must_be_unique = Defect(
    code="ear_tag_must_be_unique",
    zh="耳标重复",
    says="Two animals have the ear tag {raw}.",
    remedy="Correct the one that is wrong.",
)
animal_owner_must_exist = Defect(
    code="animal_owner_must_exist",
    zh="牛只所有人不存在",
    says="{owner} is no member, not the cooperative and no counterparty.",
    remedy="Give a member number, 合作社, or the code of the lender.",
)
animal_owner_must_fit = Defect(
    code="animal_owner_must_fit",
    zh="牛只来源与所有人不符",
    says="An animal that came as {origin} belongs to {expected}.",
    remedy="Correct 来源 or 所有人.",
    note="{origin}应属{expected}",
)
lender_must_be_given = Defect(
    code="lender_must_be_given",
    zh="借牛缺少出借企业",
    says="The animal is lent, and the lender is not named.",
    remedy="Give the lender's code in 出借企业.",
)
lender_must_not_be_given = Defect(
    code="lender_must_not_be_given",
    zh="非借牛填有出借企业",
    says="The animal came as {origin} and names a lender.",
    remedy="Correct 来源, or leave 出借企业 empty.",
    note="来源为{origin}",
)
animal_must_leave_when_gone = Defect(
    code="animal_must_leave_when_gone",
    zh="离栏日期与状态不符",
    says="The animal is {state}, and its day of leaving is {left}.",
    remedy="Correct 状态 or 离栏日期.",
    note="状态为{state}",
)
animal_must_not_leave_before_it_came = Defect(
    code="animal_must_not_leave_before_it_came",
    zh="离栏日期早于入栏日期",
    says="The animal left on {left} and came on {entered}.",
    remedy="Correct the dates.",
    note="入栏日期{entered}",
)
animal_must_be_returned_to_a_lender = Defect(
    code="animal_must_be_returned_to_a_lender",
    zh="非借牛不能归还",
    says="The animal came as {origin} and cannot be returned.",
    remedy="Correct 来源 or 状态.",
    note="来源为{origin}",
)
animal_figures_must_be_positive = Defect(
    code="animal_figures_must_be_positive",
    zh="牛只数据不合理",
    says="{column} is {raw}.",
    remedy="Correct the number.",
    note="{column}应大于0",
)
sold_animal_should_have_weight_and_price = Defect(
    code="sold_animal_should_have_weight_and_price",
    zh="已售牛只缺少体重或单价",
    says="The animal was sold, and {column} is empty.",
    remedy="Fill it in.",
    severity=Severity.WARNING,
    note="缺少{column}",
)
points_must_be_within_the_maximum = Defect(
    code="points_must_be_within_the_maximum",
    zh="评分超过满分",
    says="{points} points for {dimension}: at most {most}.",
    remedy="Correct the number from the ballot.",
    note="满分{most}",
)
points_must_not_be_negative = Defect(
    code="points_must_not_be_negative",
    zh="评分为负",
    says="{points} points for {dimension}.",
    remedy="Correct the number from the ballot.",
)
manager_must_not_rate_self = Defect(
    code="manager_must_not_rate_self",
    zh="管理员给自己评分",
    says="Manager {manager} rated himself or herself.",
    remedy="Take the ballot out.",
)
household_must_not_rate_its_manager = Defect(
    code="household_must_not_rate_its_manager",
    zh="管理员家庭成员评分",
    says="{rater} is of the household of manager {manager}.",
    remedy="Take the ballot out.",
    note="与管理员{manager}同户",
)
manager_must_exist = Defect(
    code="manager_must_exist",
    zh="管理员不存在",
    says="{number} is no manager.",
    remedy="Correct the number, or name the manager in 基本信息.",
)
rater_should_have_one_kind = Defect(
    code="rater_should_have_one_kind",
    zh="评议人类别不一致",
    says="{rater} is {first} on one ballot and {second} on another.",
    remedy="Correct the one that is wrong.",
    severity=Severity.WARNING,
    note="另一票为{first}",
)
year_must_be_the_packs = Defect(
    code="year_must_be_the_packs",
    zh="年度与会计年度不符",
    says="{year} is not the year {expected}.",
    remedy="Correct the year.",
    note="会计年度{expected}",
)

# --- policy ----------------------------------------------------------------------------------------------------

legs_must_sum_to_the_whole = Defect(
    code="legs_must_sum_to_the_whole",
    zh="分配比例合计不等于10000",
    says="The legs sum to {sum} basis points, not to 10 000.",
    remedy="Correct the part that is wrong.",
    note="合计{sum}",
)
leg_number_must_be_unique = Defect(
    code="leg_number_must_be_unique",
    zh="分配序号重复",
    says="The leg {no} stands twice.",
    remedy="Number the legs from 1.",
)
plan_must_have_legs = Defect(
    code="plan_must_have_legs",
    zh="分配方案没有分配项",
    says="The plan has no leg.",
    remedy="Add a blank row, the header 序, 名称, 比例bp, 口径, 是否交易返还, and a row for each leg.",
)
basis_must_be_known = Defect(
    code="basis_must_be_known",
    zh="分配口径不认识",
    says="{raw} is no basis to distribute by.",
    remedy="Write one of: {choices}.",
    note="应为：{choices}",
)
basis_product_should_be_traded = Defect(
    code="basis_product_should_be_traded",
    zh="产品没有交易",
    says="Nobody traded {product}.",
    remedy="Correct its name as it stands in 交易.",
    severity=Severity.WARNING,
    note="交易表中没有“{product}”",
)
maxima_must_sum_to_the_whole = Defect(
    code="maxima_must_sum_to_the_whole",
    zh="各项满分合计不等于100",
    says="The maxima sum to {sum}, not to 100.",
    remedy="Correct the one that is wrong.",
    note="合计{sum}",
)
list_must_have_its_parts = Defect(
    code="list_must_have_its_parts",
    zh="分项数目不符",
    says="{raw} does not have {expected} numbers.",
    remedy="Write them with / between.",
    note="应有{expected}项，以/分隔",
)
record_date_must_be_in_the_year = Defect(
    code="record_date_must_be_in_the_year",
    zh="记录日不在年度内",
    says="{date} is not in the year {year}.",
    remedy="Correct the date.",
)

# --- township --------------------------------------------------------------------------------------------------

village_must_be_unique = Defect(
    code="village_must_be_unique",
    zh="村编码重复",
    says="The village code {code} stands twice.",
    remedy="Give each village its own code.",
)
village_name_must_be_unique = Defect(
    code="village_name_must_be_unique",
    zh="村名称重复",
    says="Two villages are named {name}.",
    remedy="Scans are found by the name: give each its own.",
)
village_should_be_of_the_township = Defect(
    code="village_should_be_of_the_township",
    zh="村编码不属于本乡镇",
    says="The code {code} is of the township {township}; most villages of this workbook are of {usual}.",
    remedy="Correct the code, or hand the village in with its own township: it is ranked there, not here.",
    note="前九位为{township}，本乡镇为{usual}",
    severity=Severity.WARNING,
)
village_must_exist = Defect(
    code="village_must_exist",
    zh="村编码不存在",
    says="There is no village {code}.",
    remedy="Correct the code, or add the village to 村.",
)
invested_cooperative_must_exist = Defect(
    code="invested_cooperative_must_exist",
    zh="被投资合作社不存在",
    says="The pack has no cooperative {name}.",
    remedy="Write the cooperative's 单位简称.",
)
threshold_must_be_unique = Defect(
    code="threshold_must_be_unique",
    zh="门槛重复",
    says="The threshold of {kind} in {year} by {measure} stands twice.",
    remedy="Leave the one that holds.",
)
threshold_must_be_positive = Defect(
    code="threshold_must_be_positive",
    zh="门槛金额不合理",
    says="A threshold of {amount} is not possible.",
    remedy="Correct the amount.",
    note="应大于0",
)
score_must_be_within_a_hundred = Defect(
    code="score_must_be_within_a_hundred",
    zh="得分超出范围",
    says="A score of {score}: from 0 to 100.",
    remedy="Correct the number.",
    note="应在0与100之间",
)
village_score_must_be_unique = Defect(
    code="village_score_must_be_unique",
    zh="村级考评重复",
    says="Village {village} was scored twice.",
    remedy="Leave the one that holds.",
)
cadre_must_be_unique = Defect(
    code="cadre_must_be_unique",
    zh="村干部重复",
    says="{name} of village {village} stands twice.",
    remedy="One row a person; several posts go into 职务.",
)
bonus_must_be_unique = Defect(
    code="bonus_must_be_unique",
    zh="奖金层级重复",
    says="The level {level} stands twice.",
    remedy="Leave the one that holds.",
)
bonus_must_have_a_pool = Defect(
    code="bonus_must_have_a_pool",
    zh="缺少奖金池",
    says="The township's bonus has no pool.",
    remedy="Give the amount in 奖金池.",
)
bonus_tiers_must_fall = Defect(
    code="bonus_tiers_must_fall",
    zh="奖金等次倒挂",
    says="The tiers are worth {tiers}: a lower tier would get more than a higher one.",
    remedy="Put the highest first.",
)
bonus_coefficients_must_not_all_be_nought = Defect(
    code="bonus_coefficients_must_not_all_be_nought",
    zh="奖金系数全为零",
    says="Every coefficient is 0: nobody would get anything.",
    remedy="Enter coefficients such as 1.2, 1.0 and 0.8.",
)
