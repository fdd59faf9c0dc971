"""Makes area_names_en.csv from areas.csv: provinces and prefectures as English texts write them.

    pip install pypinyin==0.55.0 && python make_area_names.py

Names in Pinyin without the kind of area (市, 地区, 盟).  Provinces, names that come from other languages, and those
that pypinyin reads wrongly stand below as usage has them; the table was read through by hand.
"""

from __future__ import annotations

import csv
from pathlib import Path

from pypinyin import Style, lazy_pinyin

PROVINCES = {
    "11": "Beijing", "12": "Tianjin", "13": "Hebei", "14": "Shanxi", "15": "Inner Mongolia", "21": "Liaoning",
    "22": "Jilin", "23": "Heilongjiang", "31": "Shanghai", "32": "Jiangsu", "33": "Zhejiang", "34": "Anhui",
    "35": "Fujian", "36": "Jiangxi", "37": "Shandong", "41": "Henan", "42": "Hubei", "43": "Hunan", "44": "Guangdong",
    "45": "Guangxi", "46": "Hainan", "50": "Chongqing", "51": "Sichuan", "52": "Guizhou", "53": "Yunnan",
    "54": "Xizang", "61": "Shaanxi", "62": "Gansu", "63": "Qinghai", "64": "Ningxia", "65": "Xinjiang",
    "71": "Taiwan", "81": "Hong Kong", "82": "Macao",
}  # fmt: skip
OTHERS = {
    "140400": "Changzhi", "141100": "Lüliang", "211300": "Chaoyang", "230100": "Harbin", "411100": "Luohe",
    "150100": "Hohhot", "150200": "Baotou", "150600": "Ordos", "150700": "Hulunbuir", "150800": "Bayannur",
    "150900": "Ulanqab", "152200": "Hinggan League", "152500": "Xilin Gol League", "152900": "Alxa League",
    "222400": "Yanbian", "230200": "Qiqihar", "230800": "Jiamusi", "232700": "Daxing'anling", "341500": "Lu'an",
    "350200": "Xiamen", "360300": "Pingxiang", "422800": "Enshi", "429021": "Shennongjia", "433100": "Xiangxi",
    "513200": "Ngawa", "513300": "Garze", "513400": "Liangshan", "522300": "Qianxinan", "522600": "Qiandongnan",
    "522700": "Qiannan", "532300": "Chuxiong", "532500": "Honghe", "532600": "Wenshan", "532800": "Xishuangbanna",
    "532900": "Dali", "533100": "Dehong", "533300": "Nujiang", "533400": "Diqing", "540100": "Lhasa",
    "540200": "Xigaze", "540300": "Qamdo", "540400": "Nyingchi", "540500": "Shannan", "540600": "Nagqu",
    "542500": "Ngari", "622900": "Linxia", "623000": "Gannan", "632200": "Haibei", "632300": "Huangnan",
    "632500": "Hainan (Qinghai)", "632600": "Golog", "632700": "Yushu", "632800": "Haixi", "650100": "Urumqi",
    "650200": "Karamay", "650400": "Turpan", "650500": "Hami", "652300": "Changji", "652700": "Bortala",
    "652800": "Bayingolin", "652900": "Aksu", "653000": "Kizilsu", "653100": "Kashgar", "653200": "Hotan",
    "654000": "Ili", "654200": "Tacheng", "654300": "Altay", "659001": "Shihezi", "659002": "Aral",
    "659003": "Tumxuk", "659004": "Wujiaqu", "659005": "Beitun", "659006": "Tiemenguan", "659007": "Shuanghe",
    "659008": "Kokdala", "659009": "Kunyu", "659010": "Huyanghe", "659011": "Xinxing", "659012": "Baiyang",
}  # fmt: skip
KINDS = ("自治州", "自治县", "地区", "林区", "市", "盟", "县")


def main() -> None:
    folder = Path(__file__).parent
    with (folder / "areas.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    named = [(row["code"], name) for row in rows if (name := name_of(row["code"], row["name"]))]
    with (folder / "area_names_en.csv").open("w", encoding="utf-8", newline="") as file:
        file.write("# English names of provinces and prefectures, by make_area_names.py\n")
        csv.writer(file, lineterminator="\n").writerows([("code", "name"), *named])


def name_of(code: str, name: str) -> str:
    """The English name; "" for counties."""
    if code.endswith("0000"):
        return PROVINCES[code[:2]]
    if not (code.endswith("00") or code[2:4] == "90"):
        return ""
    return OTHERS.get(code) or pinyin(stem(code, name))


def stem(code: str, name: str) -> str:
    """The name without its kind, and of the counties of Hainan without their peoples."""
    for people in ("黎族苗族", "黎族"):
        name = name.replace(people, "")
    kind = next((kind for kind in KINDS if name.endswith(kind)), "")
    return name.removesuffix(kind) if len(name) - len(kind) > 1 else name


def pinyin(name: str) -> str:
    """Pinyin in one word, with an apostrophe before a syllable that begins with a vowel (GB/T 16159)."""
    syllables = lazy_pinyin(name, style=Style.NORMAL, v_to_u=True)
    word = syllables[0] + "".join(f"'{each}" if each[0] in "aeo" else each for each in syllables[1:])
    return word.capitalize()


if __name__ == "__main__":
    main()
