"""The vocabulary (术语): every code value with its Chinese and English label and its meaning.

Lists of allowed values anywhere in the product are built from here. Sources of the lists: the ledgers described in
county practice (docs/data-files.md); dispute categories are the fifteen used in judicial
administration statistics, with two local extensions.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """One code value. `zh` and `en` are what a reader sees, `meaning` explains it to the next developer."""

    code: str
    zh: str
    en: str
    meaning: str = ""
    synonyms: tuple[str, ...] = ()


class Vocabulary(Mapping[str, Term]):
    """One list of codes (代码表), in its order of display. Keys are codes."""

    def __init__(self, name: str, *terms: Term) -> None:
        self.name = name
        self._terms = {term.code: term for term in terms}
        if len(self._terms) != len(terms):
            raise ValueError(f"{name}: a code stands twice")

    def __getitem__(self, code: str) -> Term:
        return self._terms[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._terms)

    def __len__(self) -> int:
        return len(self._terms)

    def label(self, code: str | None, lang: str = "zh") -> str:
        """The words for a code in a language; "—" for a missing one, the code itself for an unknown one."""
        if code is None or code != code or code == "":
            return "—"
        term = self._terms.get(code)
        if term is None:
            return str(code)
        return term.zh if lang == "zh" else term.en

    def by_word(self) -> dict[str, str]:
        """What ledgers write (label, code, English, synonyms) → code."""
        words: dict[str, str] = {}
        for term in self._terms.values():
            for word in (term.code, term.zh, term.en, *term.synonyms):
                words.setdefault(word, term.code)
        return words


LEVELS = Vocabulary(
    "level",
    Term("county", "县", "County"),
    Term("township", "乡镇", "Township"),
    Term("community", "社区(村)", "Community", "a village or an urban community"),
    Term("grid", "网格", "Grid", "an irregular service area inside exactly one community"),
)

AREA_KINDS = Vocabulary(
    "area_kind",
    Term("county", "县", "County"),
    Term("town", "镇", "Town"),
    Term("rural_township", "乡", "Rural township"),
    Term("community", "社区", "Community", "an urban community under a residents' committee", ("居委会",)),
    Term("village", "村", "Village", "under a villagers' committee", ("村委会",)),
    Term("urban_grid", "城市网格", "Urban grid", "", ("城市",)),
    Term("rural_grid", "农村网格", "Rural grid", "", ("农村",)),
    Term("dedicated_grid", "专属网格", "Dedicated grid", "a large institution of its own", ("专属",)),
    Term(
        "unplaced", "未落格", "Not in any grid", "stands for what lies in no grid, so that children sum to the parent"
    ),
)

GEOM_STATUSES = Vocabulary(
    "geom_status",
    Term("official", "官方", "Official"),
    Term("third_party", "第三方", "Third party"),
    Term("user", "自绘", "User-drawn"),
    Term("synthetic", "示意(虚构)", "Synthetic", "invented for the sample county", ("示意", "虚构")),
)

BUILDING_USES = Vocabulary(
    "building_use",
    Term("residential", "住宅", "Residential"),
    Term("mixed", "商住", "Shops and flats", "counts as residential"),
    Term("public", "公建", "Public"),
    Term("other", "其他", "Other"),
)
RESIDENTIAL_USES = ("residential", "mixed")

HOUSEHOLD_KINDS = Vocabulary(
    "household_kind",
    Term("ordinary", "普通", "Ordinary", "", ("一般户", "普通户")),
    Term(
        "care", "关爱", "Care visits", "asks for more frequent visits; the reason is not stored", ("关爱户", "重点关爱")
    ),
    Term("relocated", "易迁", "Relocated", "moved into a relocation community", ("易迁户",)),
    Term("tenant", "租住", "Tenant", "", ("出租", "租户")),
)

FACILITY_KINDS = Vocabulary(
    "facility_kind",
    Term("service_centre", "便民服务中心", "Service centre"),
    Term("plaza", "文化广场", "Culture square"),
    Term("shop", "生活超市", "Everyday shop"),
    Term("clinic", "标准化卫生室", "Standard clinic", "", ("卫生室",)),
    Term("work_space", "创业就业空间", "Start-up and jobs space"),
    Term("plot", "菜地", "Vegetable plots", "one plot for each household", ("菜园",)),
    Term("hall", "议事厅", "Meeting hall", "a zone of the service centre"),
    Term("guard_room", "警卫室", "Guard room", "a zone of the service centre", ("警务室",)),
    Term("after_school", "四点半学堂", "After-school room", "a zone of the service centre"),
    Term("village_centre", "村综合服务文化中心", "Village service and culture centre"),
)
# "1+6" (1个易迁社区配套6项): the article lists these six for every relocation community.
ONE_PLUS_SIX = ("service_centre", "plaza", "shop", "clinic", "work_space", "plot")

FIRST_NEEDED = ("clinic", "service_centre", "shop", "work_space", "plot", "plaza")
"""The same six in the order in which they are proposed where they are missing: health, then what every household needs,
then work, then comfort."""

FACILITY_STATES = Vocabulary(
    "facility_state",
    Term("present", "在用", "In use", "", ("已建成", "正常使用", "已建")),
    Term(
        "planned",
        "在建",
        "Under construction",
        "decided on or being built, not in use yet",
        ("规划", "建设中", "拟建", "Planned"),
    ),
    Term("closed", "停用", "Closed", "", ("关闭",)),
)

ORG_KINDS = Vocabulary(
    "org_kind",
    Term("committee", "社区党委", "Community committee", "", ("大党委",)),
    Term("grid_branch", "网格党支部", "Grid branch", "", ("网格(片区)党支部",)),
    Term("building_group", "楼栋党小组", "Building group", "", ("楼栋(小区)党小组",)),
    Term("relocation_org", "易迁社区党组织", "Relocation-community party organisation"),
    Term("unit", "机关企事业单位", "Work unit"),
)

POST_KINDS = Vocabulary(
    "post_kind",
    Term("grid_worker", "网格员", "Grid worker", "", ("专职网格员",)),
    Term("grid_lead", "网格长", "Grid lead"),
    Term("building_lead", "楼栋长", "Building lead", "", ("党员楼栋长",)),
)

VISIT_FORMS = Vocabulary(
    "visit_form",
    Term("home", "入户", "At home", "", ("入户走访", "上门")),
    Term("phone", "电话", "By phone"),
    Term("online", "线上", "Online", "", ("微信", "网上")),
    Term("gathering", "集中", "Gathering", "", ("集中座谈",)),
)

VISIT_RESULTS = Vocabulary(
    "visit_result",
    Term("met", "见面", "Met", "someone of the household was spoken to", ("已见面",)),
    Term("absent", "未见面", "Nobody home", "", ("无人", "未见面(无人)", "家中无人")),
    Term("refused", "拒访", "Declined"),
    Term("vacant", "空置", "Vacant"),
)

CASE_KINDS = Vocabulary(
    "case_kind",
    Term("dispute", "矛盾纠纷", "Dispute"),
    Term("suggestion", "意见建议", "Suggestion"),
    Term("wish", "微心愿", "Wish"),
)

DISPUTE_CATEGORIES = Vocabulary(
    "dispute_category",
    Term("D01", "婚姻家庭", "Family", "sensitive: hidden below 10", ("婚姻家庭纠纷",)),
    Term("D02", "邻里", "Neighbours", "", ("邻里纠纷",)),
    Term("D03", "房屋宅基地", "Houses and plots", "", ("房屋宅基地纠纷",)),
    Term("D04", "合同", "Contracts", "", ("合同纠纷",)),
    Term("D05", "生产经营", "Business", "", ("生产经营纠纷",)),
    Term("D06", "损害赔偿", "Damages", "", ("损害赔偿纠纷",)),
    Term("D07", "山林土地", "Forest and land", "", ("山林土地纠纷",)),
    Term("D08", "征地拆迁", "Land taking", "", ("征地拆迁纠纷",)),
    Term("D09", "环境污染", "Pollution", "", ("环境污染纠纷",)),
    Term("D10", "劳动争议", "Labour", "", ("劳动争议纠纷",)),
    Term("D11", "消费", "Consumer", "", ("消费纠纷",)),
    Term("D12", "医疗", "Medical", "", ("医疗纠纷",)),
    Term("D13", "道路交通事故", "Road accidents", "", ("道路交通事故纠纷", "道路交通")),
    Term("D14", "物业", "Property management", "", ("物业纠纷",)),
    Term("D15", "易迁安置", "Relocation", "local extension; D99 in outside reports", ("易迁安置纠纷",)),
    Term("D16", "村务管理", "Village affairs", "local extension; D99 in outside reports", ("村务管理纠纷",)),
    Term("D99", "其他", "Other", "", ("其他纠纷",)),
)

SUGGESTION_CATEGORIES = Vocabulary(
    "suggestion_category",
    Term("S01", "环境卫生", "Cleanliness"),
    Term("S02", "道路停车", "Roads and parking"),
    Term("S03", "物业管理", "Property management"),
    Term("S04", "水电气讯", "Utilities"),
    Term("S05", "公共设施", "Public facilities"),
    Term("S06", "治安消防", "Safety and fire"),
    Term("S07", "社保就业", "Benefits and jobs"),
    Term("S08", "教育医疗", "Schools and health"),
    Term("S99", "其他", "Other"),
)

WISH_CATEGORIES = Vocabulary(
    "wish_category",
    Term("W01", "生活用品", "Household goods"),
    Term("W02", "学习用品", "School things"),
    Term("W03", "维修帮忙", "Repairs and a hand"),
    Term("W04", "就医陪护", "Company to the doctor"),
    Term("W05", "陪伴谈心", "Company"),
    Term("W06", "就业帮扶", "Help to find work"),
    Term("W99", "其他", "Other"),
)

LIFECYCLES = Vocabulary(
    "lifecycle",
    Term("10", "登记", "Registered", "found by screening or reported"),
    Term("20", "已受理", "Accepted", "", ("受理",)),
    Term("30", "调解中", "In mediation", "for suggestions: being handled", ("办理中", "处理中", "调解中/办理中")),
    Term("31", "上报", "Escalated"),
    Term("32", "转办", "Handed over", "", ("交办", "转办/交办")),
    Term("33", "挂起", "On hold", "with approved days; not overdue while approved", ("延期", "挂起/延期")),
    Term("40", "达成协议", "Agreement signed", "still to be performed", ("达成协议(待履行)",)),
    Term(
        "45",
        "已化解未办结",
        "Resolved, not closed",
        "the parties agree, the paperwork is still open: for counties whose states tell the two apart",
        ("已化解(未办结)", "已化解未归档"),
    ),
    Term(
        "50",
        "已化解",
        "Resolved",
        "follow-up visit still to come; for suggestions: answered",
        ("已化解(待回访)", "已办结"),
    ),
    Term("60", "已归档", "Archived", "verified, follow-up done", ("归档",)),
    Term(
        "70",
        "调解不成",
        "Mediation failed",
        "closed, not resolved",
        ("调解不成(已引导)", "调解不成(已引导诉讼/仲裁/信访)"),
    ),
    Term("80", "不予受理", "Not accepted", "outside every denominator", ("作废", "重复", "不予受理/作废/重复")),
    Term("90", "反复", "Reopened", "", ("反复(重新打开)", "重新打开")),
)
RESOLVED_LIFECYCLES = ("45", "50", "60")
CLOSED_LIFECYCLES = ("50", "60", "70")
INVALID_LIFECYCLES = ("80",)
# Taken up, whatever came of it; with an agreement signed the handling is over, though the file stays open.
HANDLED_LIFECYCLES = ("30", "31", "32", "33", "40", "45", "50", "60", "70", "90")
DISPOSED_LIFECYCLES = ("40", "45", "50", "60", "70")
CASE_CODES = {
    "resolved": RESOLVED_LIFECYCLES, "closed": CLOSED_LIFECYCLES, "invalid": INVALID_LIFECYCLES, "failed": ("70",),
    "success": ("success",), "judged": ("dispute",), "archived": ("60", "70"), "again": ("90",), "dated": ("dispute",),
}  # fmt: skip
"""What `geo.case_state` and `geo.case_doubts` ask of the codes. A kind that is judged has an outcome, one that is dated
a day of resolution of its own; suggestions have neither, and a wish is closed the day it comes true."""
LIFECYCLE_STAGES = {
    "10": "accept", "20": "handle", "30": "handle", "31": "handle", "32": "handle", "33": "paused", "40": "handle",
    "45": "verify", "50": "verify", "60": "stopped", "70": "stopped", "80": "stopped", "90": "handle",
}  # fmt: skip
"""Which limit runs in a lifecycle; on hold the clock stands still, at the end it has stopped."""

CLOCKS = Vocabulary(
    "clock",
    Term("in_time", "正常", "In time"),
    Term("soon", "将到期", "Due soon"),
    Term("yellow", "黄牌", "Yellow card", "nearly due"),
    Term("red", "红牌", "Red card", "late by more days than its limit allows"),
    Term("stopped", "已停表", "Clock stopped", "on hold with approval, or at its end"),
)

OUTCOMES = Vocabulary(
    "outcome",
    Term("success", "成功", "Successful", "", ("调解成功",)),
    Term("partial", "部分", "Partly", "", ("部分成功",)),
    Term("failed", "不成功", "Failed", "", ("调解不成功",)),
    Term("self_settled", "自行和解", "Settled by the parties"),
    Term("withdrawn", "撤回", "Withdrawn"),
)

SATISFACTIONS = Vocabulary(
    "satisfaction",
    Term("satisfied", "满意", "Satisfied"),
    Term("fairly", "基本满意", "Fairly satisfied"),
    Term("dissatisfied", "不满意", "Dissatisfied"),
    Term("no_answer", "未评价", "No answer"),
)
ANSWERS = ("satisfied", "fairly", "dissatisfied")
CONTENT_ANSWERS = ("satisfied", "fairly")

STEP_OPS = Vocabulary(
    "step_op",
    Term("register", "登记", "Registered"),
    Term("accept", "受理", "Accepted"),
    Term("handle", "办理", "Handled", "", ("调解",)),
    Term("escalate", "上报", "Escalated"),
    Term("assign", "交办", "Assigned", "", ("转办",)),
    Term("return", "回退", "Sent back"),
    Term("urge", "督办", "Urged", "", ("督办(普通)", "督办(黄牌)", "督办(红牌)")),
    Term("extend", "延期批准", "Extension approved", "", ("延期", "延期申请", "延期申请/批准")),
    Term("agree", "达成协议", "Agreement"),
    Term("finish", "完成", "Finished", "", ("化解", "结案", "办结")),
    Term("reject", "不予受理", "Not accepted", "", ("作废",)),
    Term("fail", "调解不成", "Mediation failed"),
    Term("follow_up", "回访", "Follow-up visit"),
    Term("archive", "归档", "Archived"),
    Term("reopen", "重开", "Reopened", "", ("重新打开",)),
)

BUILDING_STATES = Vocabulary(
    "building_state",
    Term("visited", "已走访", "Visited", "every registered household met this year"),
    Term("partly", "部分走访", "Partly visited", "some met"),
    Term("not_visited", "未走访", "Not visited", "nobody has called this year"),
    Term("absent", "多次未遇或拒访", "Absent or declined", "called, nobody met"),
    Term("not_applicable", "不适用", "Not applicable", "no dwellings"),
    Term("unknown", "未知", "Unknown", "dwellings, but no household register"),
)

PROBLEMS = Vocabulary(
    "problem",
    Term("MISSING", "必填项为空", "Required value is empty"),
    Term("BAD_DATE", "日期无法识别", "Not a date"),
    Term("BAD_NUMBER", "数字无法识别", "Not a number"),
    Term("BAD_CODE", "编码格式不对", "Malformed code"),
    Term("UNKNOWN_VALUE", "不在允许的选项内", "Not one of the allowed values"),
    Term("NOT_FOUND", "引用的对象不存在", "Refers to something that is not there"),
    Term("AMBIGUOUS", "能对上的不止一个", "Fits more than one"),
    Term("DUPLICATE", "与另一行重复", "Same key as another row"),
    Term("FUTURE", "日期在将来", "Date in the future"),
    Term("ORDER", "先后顺序矛盾", "Dates in the wrong order"),
    Term("BAD_GEOMETRY", "图形无效", "Invalid geometry"),
    Term("OUTSIDE", "位置在本县之外", "Outside the county"),
)

ROLES = Vocabulary(
    "role",
    Term("leader", "领导", "Leader", "of the county, a township or a community: by the areas, not by the role"),
    Term(
        "org_department", "组织部", "Organisation department", "party building; alone sees twelve-point events of all"
    ),
    Term("community_lead", "社区书记", "Community lead", "answers for one community or several"),
    Term("grid_worker", "网格员", "Grid worker", "sees the households of the own grids"),
    Term("unit_liaison", "单位联络员", "Unit liaison", "of a unit whose members report to a community"),
    Term("steward", "数据员", "Data steward", "loads ledgers and sees what was refused"),
    Term("screen", "大屏", "Briefing screen", "nobody at the keyboard: sums that may leave the office"),
    Term("admin", "管理员", "Administrator", "accounts, screens and the audit log"),
)

DETAILS = Vocabulary(
    "detail",
    Term("public", "公开", "Public", "sums that may leave the office; small counts hidden"),
    Term("internal", "内部", "Internal", "exact sums down to grids; of a building its state alone"),
    Term("buildings", "到楼栋", "Buildings", "counts of single buildings"),
    Term("households", "到户", "Households", "rows of households and cases"),
)

AUDIT_ACTIONS = Vocabulary(
    "audit_action",
    Term("sign_in", "登录", "Signed in", "somebody was let in; in the demo: chose a role"),
    Term("sign_in_refused", "登录被拒", "Sign-in refused", "unknown, switched off, or a wrong proof"),
    Term("sign_out", "退出", "Signed out"),
    Term("refused", "访问被拒", "Refused", "asked for a page, layer or file that is not theirs"),
    Term("detail_view", "查看明细", "Detail viewed", "rows of single buildings, households or cases were shown"),
    Term("export", "导出", "Exported", "a file was made for download"),
    Term("upload", "上传", "Uploaded", "a file was handed in; nothing was loaded yet"),
    Term("trial", "试装", "Tried", "a trial run: what a load would do, nothing written"),
    Term("keep_map", "记住列映射", "Map kept", "how a ledger's columns are read was kept for the next one"),
    Term("load", "载入", "Loaded", "ledgers were written into the store"),
    Term("undo", "撤销", "Undone", "a load was taken back"),
    Term("role_change", "权限变更", "Rights changed", "a role, an area or a detail level was given or taken"),
    Term("screen_link", "大屏链接", "Screen link", "a link for a screen was made or revoked"),
    Term("purge", "到期清理", "Purged", "what was kept long enough was deleted"),
    Term("audit_read", "查阅审计", "Audit read", "somebody read these events"),
    Term("not_noted", "未能留痕", "Not noted", "things that happened while no event could be written: how many, when"),
)

QUALIFIERS = Vocabulary(
    "qualifier",
    Term("eq", "整数", "Exactly", "the number itself"),
    Term("yu", "余", "More than, by less than a unit of the last digit", "120余: 121 to 129"),
    Term("jin", "近", "Nearly", "from nine tenths up to the number, without it"),
    Term("zuoyou", "左右", "About", "ten per cent to either side"),
    Term("gt", "超过", "More than", "without the number itself"),
    Term("ge", "以上、不少于", "At least", "with the number itself"),
    Term("le", "以下、不超过", "At most", "with the number itself"),
    Term("wan", "以万计", "In ten thousands", "rounded to the last digit written"),
)
QUALIFIER_WORDS = {
    "eq": (("", ""), ("", "")), "yu": (("", "余"), ("over ", "")), "jin": (("近", ""), ("nearly ", "")),
    "zuoyou": (("", "左右"), ("about ", "")), "gt": (("超过", ""), ("more than ", "")),
    "ge": (("不少于", ""), ("at least ", "")), "le": (("不超过", ""), ("at most ", "")),
    "wan": (("约", ""), ("", " (rounded)")),
}  # fmt: skip
"""What stands before and after a number with that qualifier, in Chinese and English."""

VERDICTS = Vocabulary(
    "verdict",
    Term("same", "一致", "Same", "the ledger has exactly the published number"),
    Term("within", "区间内", "Within", "the ledger's count lies in the acceptance interval of the published number"),
    Term("differs", "不符", "Differs", "the ledger's count lies outside it"),
    Term("no_ledger", "无台账", "No ledger", "no ledger of it was loaded, so nothing can be said"),
)

COUNTABLES = Vocabulary(
    "countable",
    Term("township", "乡镇", "Townships"),
    Term("community", "社区(村)", "Communities", "", ("村(社区)", "社区", "村")),
    Term("grid", "网格", "Grids"),
    Term("grid_branch", "网格党支部", "Grid branches", "", ("网格(片区)党支部",)),
    Term("building_group", "楼栋党小组", "Building groups", "", ("楼栋(小区)党小组",)),
    Term("relocation_org", "易迁社区党组织", "Relocation-community party organisations"),
    Term("building", "楼栋", "Buildings"),
    Term("household", "登记户", "Registered households", "", ("户", "居民户")),
    Term("village_centre", "村综合服务文化中心", "Village service and culture centres"),
)

ROW_KINDS = Vocabulary(
    "row_kind",
    Term("grids", "网格", "Grids"),
    Term("buildings", "楼栋", "Buildings"),
    Term("households", "登记户", "Households"),
    Term("visits", "走访记录", "Visits"),
    Term("cases", "事项", "Cases", "disputes, suggestions or wishes"),
    Term("sites", "易迁社区", "Relocation communities"),
)

LEFT_OUT = Vocabulary(
    "left_out",
    Term("moved_out", "期末前已迁出", "Moved out before the end of the period"),
    Term("not_there_yet", "期末时还没有", "Not there yet at the end of the period"),
    Term("no_size", "没有登记人口数", "Number of people not recorded"),
    Term("not_residential", "不是住宅", "Not residential"),
    Term("not_taken_up", "不予受理、作废或重复", "Not taken up, void or a duplicate"),
    Term("not_accepted", "还没有受理", "Not accepted yet"),
    Term("no_closing_day", "已办结,没有办结日期", "Closed, nobody knows on which day"),
    Term("on_hold", "经批准挂起或延期,还没有到期", "On approved hold, not due yet"),
    Term("no_due_day", "没有办理时限", "No due day"),
    Term("not_recorded", "台账没有记录这一项", "Not recorded by the ledger"),
    Term("other_period", "不在这个统计期或口径内", "Outside the period or the definition"),
)

TOPICS = Vocabulary(
    "topic",
    Term("coverage", "组织覆盖", "Coverage"),
    Term("visits", "入户走访", "Visits"),
    Term("disputes", "矛盾纠纷", "Disputes"),
    Term("relocation", "易迁社区", "Relocation"),
)

LEDGERS = Vocabulary(
    "ledger",
    Term("grid", "网格边界", "Grid boundaries", "a register", ("网格",)),
    Term("building", "楼栋台账", "Ledger of buildings", "a register", ("楼栋",)),
    Term("grid_branch", "网格党支部台账", "Ledger of grid branches", "a register", ("网格党支部",)),
    Term("building_group", "楼栋党小组台账", "Ledger of building groups", "a register", ("楼栋党小组",)),
    Term("post_building", "楼栋长台账", "Ledger of building leads", "a register", ("楼栋长",)),
    Term("household", "户登记台账", "Ledger of households", "a register", ("户登记",)),
    Term("visit", "走访台账", "Ledger of visits", "sent month by month", ("走访", "入户走访")),
    Term("dispute", "矛盾纠纷台账", "Ledger of disputes", "sent month by month", ("矛盾纠纷", "纠纷")),
    Term("suggestion", "意见建议台账", "Ledger of suggestions", "sent month by month", ("意见建议", "建议")),
    Term("wish", "微心愿台账", "Ledger of wishes", "sent month by month", ("微心愿", "心愿")),
    Term("facility", "配套设施台账", "Ledger of facilities", "a register", ("配套设施", "设施")),
    Term("plot", "菜地分配台账", "Ledger of vegetable plots", "a register", ("菜地", "菜地分配")),
)
MONTHLY_LEDGERS = ("visit", "dispute", "suggestion", "wish")
"""Ledgers that every month brings anew; of the others a community has one or none."""

COUNTY_LEDGERS = ("grid_branch", "building_group", "post_building")
"""Registers that the organisation department keeps for the whole county: a community that is not in them has none, so
that one of them speaks for every community."""

BASES = Vocabulary(
    "basis",
    Term("ledger", "台账", "Ledger"),
    Term("report", "报表", "Report"),
    Term("published", "公开数", "Published"),
)

ALL = {
    vocabulary.name: vocabulary
    for vocabulary in (
        LEVELS, AREA_KINDS, GEOM_STATUSES, BUILDING_USES, HOUSEHOLD_KINDS, FACILITY_KINDS, FACILITY_STATES, ORG_KINDS,
        POST_KINDS, VISIT_FORMS, VISIT_RESULTS, CASE_KINDS, DISPUTE_CATEGORIES, SUGGESTION_CATEGORIES, WISH_CATEGORIES,
        LIFECYCLES,
        CLOCKS, OUTCOMES, SATISFACTIONS, STEP_OPS, BUILDING_STATES, PROBLEMS, ROLES, QUALIFIERS, VERDICTS, COUNTABLES,
        ROW_KINDS, LEFT_OUT, TOPICS, LEDGERS, BASES, AUDIT_ACTIONS, DETAILS,
    )
}  # fmt: skip
