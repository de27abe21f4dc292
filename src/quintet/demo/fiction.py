"""Names, codes and numbers that are well formed and belong to nobody."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from random import Random

from stdnum.cn import ric, uscc

LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # of the unified social credit code
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
GIVEN = "晓宇嘉子明志建文思雨梓欣浩然俊杰海涛晨曦雪梅春燕国庆立新永强慧敏雅婷诗涵泽楷景行若溪云舒知远书瑶亦航博闻承安亭予清和令仪修远怀瑾星河望舒致恒启明"
BRANDS_1 = "辰澜恒拓启远卓铭锦泽瑞凌晟宏盛博汇嘉隆昌旭海云川岳峰森沃源融创智慧联格致敏思齐诚信达顺"
BRANDS_2 = "海石岳原航景泰丰华林科元洋光润和德康宁安信成通邦诺尔维斯特迪凯宇宸鑫淼坤乾巍屹屿辉耀曜章"
PRODUCTS = {
    "2614": ("化工", "精细化工", "催化材料"), "2651": ("新材料", "高分子材料", "工程塑料"), "2661": ("助剂", "油田化学品", "环保化学"),
    "2710": ("医药", "药业"), "2913": ("橡塑", "密封制品"), "3311": ("钢结构", "金属制品"), "3489": ("机械", "通用设备"),
    "3511": ("石油装备", "钻采设备", "海工装备"), "3596": ("环保设备", "水处理设备"), "3670": ("汽车零部件",), "3735": ("船舶配套", "海洋工程"),
    "3831": ("线缆", "电气"), "3975": ("光电", "电子"), "4011": ("仪器仪表", "自动化"), "1310": ("米业", "粮油"), "0412": ("水产", "河蟹养殖"),
    "0111": ("农业科技", "种业"), "4413": ("新能源",), "4790": ("建设工程",), "5137": ("物资贸易",), "6450": ("互联网服务",), "6513": ("软件", "信息技术"),
    "6531": ("系统集成", "智能科技"), "7320": ("技术研究", "工程技术"), "7514": ("节能技术", "环境科技"), "7517": ("生物科技",),
}  # fmt: skip
TECHNOLOGY = [code for code in PRODUCTS if code not in {"1310", "4413", "4790", "5137", "0412"}]
DIVISIONS = ["211102", "211103", "211103", "211104", "211104", "211122", "2111L1", "2111L2"]
FIRST_BIRTHDAY = date(1955, 1, 1)
BIRTHDAYS = 15_000  # up to January 1996


def credit_codes() -> Iterator[int]:
    """Running numbers for `credit_code`."""
    return count(1)


def credit_code(number: int, *, kind: str = "91", division: str = "211100") -> str:
    """A valid unified social credit code whose organisation code begins with DEM, up to 310,000 of them."""
    organisation = f"DEM{LETTERS[number // 10_000]}{number % 10_000:04d}"
    weights = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714, where letters count from A = 10
    rest = (11 - sum(int(char, 36) * weight for char, weight in zip(organisation, weights, strict=True)) % 11) % 11
    body = f"{kind}{division if division.isdigit() else '211100'}{organisation}{'X' if rest == 10 else rest}"
    return body + uscc.calc_check_digit(body)


def identity_number(number: int) -> str:
    """A resident identity number with a right check digit, of a province as a whole: no person's number begins with 210000."""
    birthday = FIRST_BIRTHDAY + timedelta(days=number * 7919 % BIRTHDAYS)
    body = f"210000{birthday:%Y%m%d}{900 + number // BIRTHDAYS:03d}"
    return body + ric.calc_check_digit(body + "0")


def phone(number: int) -> str:
    """Eleven digits that begin with 120, which no mobile network uses."""
    return f"120{number:08d}"


def person_name(random: Random) -> str:
    return random.choice(SURNAMES) + "".join(random.sample(GIVEN, random.choice((1, 2, 2, 2))))


def firm_names(random: Random) -> Iterator[tuple[str, str]]:
    """Endless (industry, name), no name twice."""
    seen: set[str] = set()
    industries = list(PRODUCTS)
    while True:
        industry = random.choice(industries)
        brand = random.choice(BRANDS_1) + random.choice(BRANDS_2)
        while True:
            name = f"示例{brand}{random.choice(PRODUCTS[industry])}{random.choice(('有限公司', '有限公司', '有限公司', '股份有限公司', '科技有限公司'))}"
            if name not in seen:
                break
            brand = random.choice(BRANDS_1) + random.choice(BRANDS_2) + random.choice(BRANDS_2)
        seen.add(name)
        yield industry, name
