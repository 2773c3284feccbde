"""Traditional and simplified Chinese that are mixed on one side."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from seqcli.corpus_check.faults import Fault
from seqcli.data.pairs import Pair

# Simplified characters, each followed by its traditional form, that are not used in the other
# script: the first are not in Big5, the second not in GB 2312. (后, 里 and 台 are in both.)
_PAIRS = (
    "们們这這个個来來时時说說对對会會过過还還没沒为為国國学學样樣给給让讓从從问問间間见見现現"
    "话話语語请請谁誰谢謝认認识識记記许許读讀写寫书書课課题題应應该該觉覺买買卖賣钱錢车車开開"
    "关關门門闻聞难難欢歡爱愛亲親妈媽爷爺孙孫岁歲头頭脸臉医醫药藥热熱风風电電视視飞飛鸟鳥鱼魚"
    "马馬龙龍猫貓鸡雞吗嗎点點两兩亿億双雙张張条條东東边邊远遠进進运運连連长長场場块塊报報"
    "纸紙红紅绿綠蓝藍黄黃经經结結线線练練级級组組细細终終总總带帶帮幫师師广廣庆慶库庫历歷压壓"
    "厅廳参參变變号號员員团團园園围圍图圖圆圓声聲处處备備夺奪奋奮妇婦实實审審宫宮导導尔爾尽盡"
    "层層岛島币幣归歸当當录錄忆憶态態恼惱悬懸战戰户戶执執扩擴扫掃扬揚护護担擔拥擁择擇损損换換"
    "摄攝数數断斷无無旧舊显顯暂暫术術权權标標树樹桥橋检檢楼樓欧歐残殘毕畢汉漢汤湯沟溝泪淚济濟"
    "测測浓濃涛濤润潤渐漸湾灣满滿灭滅灯燈灵靈烦煩烧燒烂爛牵牽状狀独獨献獻环環疗療监監盖蓋盘盤"
    "矿礦础礎礼禮积積称稱稳穩穷窮窃竊竞競笔筆简簡篮籃类類粮糧紧緊纪紀约約纯純绍紹续續维維绩績"
    "编編缘緣罗羅罚罰职職联聯肤膚脑腦脱脫腾騰舰艦节節苏蘇荣榮获獲营營虑慮虽雖蚀蝕补補装裝规規"
    "览覽计計订訂讨討训訓议議讲講论論设設访訪证證评評词詞试試诗詩诚誠详詳误誤调調谈談谋謀谜謎"
    "贝貝负負财財责責败敗货貨质質贵貴费費资資赏賞赛賽赞贊赢贏跃躍践踐转轉轻輕较較辆輛辈輩输輸"
    "达達迁遷违違迟遲选選递遞邮郵邻鄰郑鄭释釋针針钟鐘钢鋼铁鐵银銀错錯锁鎖镇鎮镜鏡阳陽阴陰阵陣"
    "阶階际際陆陸陈陳险險随隨隐隱雾霧静靜韩韓页頁顶頂项項顺順须須顾顧预預领領频頻颜顏额額饭飯"
    "饮飲饱飽饿餓馆館驾駕验驗骑騎骗騙鲜鮮鸭鴨麦麥齐齊齿齒龟龜"
)
SIMPLIFIED, TRADITIONAL = frozenset(_PAIRS[::2]), frozenset(_PAIRS[1::2])
# Texts are Japanese, which has characters of both, if more of them than this have kana.
MAX_JAPANESE = 0.1
_KANA = re.compile("[\u3040-\u30ff]")


class ChineseScripts:
    """Finds Chinese in the less usual of its scripts; which one is usual, some pairs show."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        self._unusual = [_unusual_characters(pair[side] for pair in pairs) for side in (0, 1)]

    def __call__(self, pair: Pair) -> Iterator[Fault]:
        for text, unusual in zip(pair, self._unusual, strict=True):
            if unusual and not text.isascii() and not unusual.isdisjoint(text):
                found = "".join(dict.fromkeys(filter(unusual.__contains__, text)))
                name = "traditional" if unusual == TRADITIONAL else "simplified"
                yield Fault("chinese", f"{name} characters: {found}")
                return


def _unusual_characters(texts: Iterator[str]) -> frozenset[str]:
    """The characters of the script that fewer texts have; none if they are not Chinese."""
    simplified = traditional = japanese = 0
    for text in texts:
        if not text.isascii():
            japanese += bool(_KANA.search(text))
            simplified += not SIMPLIFIED.isdisjoint(text)
            traditional += not TRADITIONAL.isdisjoint(text)
    if japanese > MAX_JAPANESE * (simplified + traditional):
        return frozenset()
    return SIMPLIFIED if traditional > simplified else TRADITIONAL
