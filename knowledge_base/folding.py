"""Folds Traditional characters and the words of Taiwan and Hong Kong, so that one Simplified index answers them."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

# Words that differ by more than their characters; written as they stand after the characters are folded.
_WORDS = {
    "保固": "保修", "网路": "网络", "软体": "软件", "简讯": "短信", "品质": "质量", "影片": "视频", "萤幕": "屏幕",
    "行动电话": "手机", "宅配": "快递", "货运单号": "快递单号", "折价券": "优惠券", "转帐": "转账", "帐号": "账号",
    "帐户": "账户", "到帐": "到账", "帐单": "账单", "结帐": "结账", "入帐": "入账", "退刷": "退款", "刷退": "退款",
    "电锅": "电饭煲", "电子锅": "电饭煲", "气炸锅": "空气炸锅", 
    "空气炸锅": "空气炸锅", "统一编号": "税号", "统编": "税号", "登入": "登录",
    "登出": "退出登录", "马铃薯": "土豆", "几多": "多少", "几时": "什么时候", "点样": "怎么", "点解": "为什么",
    "边度": "哪里", "有冇": "有没有", "唔要": "不要", "唔到": "不到", "乜嘢": "什么", "咩": "什么", "系咪": "是不是",
}  # fmt: skip


def fold(text: str) -> str:
    """The text in Simplified characters and mainland words; other text comes back unchanged."""
    table, words = _rules()
    folded = text.translate(table)
    return words.sub(lambda found: _WORDS[found[0]], folded)


@lru_cache(maxsize=1)
def _rules() -> tuple[dict[int, str], re.Pattern[str]]:
    raw = Path(__file__).with_name("traditional.txt").read_text("utf-8").splitlines()
    lines = [line for line in raw if line and not line.startswith("#")]
    table = dict(zip(map(ord, "".join(lines[::2])), "".join(lines[1::2]), strict=True))
    return table, re.compile("|".join(sorted(map(re.escape, _WORDS), key=len, reverse=True)))
