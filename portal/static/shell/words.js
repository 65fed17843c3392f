// The few words that Streamlit itself puts on a page, in Chinese on a Chinese page. Only a whole text or a whole title,
// label or placeholder that stands in this table is replaced, and never where texts of ours or of a ledger stand.
(() => {
  const isEnglish = () => new URLSearchParams(location.search).get("lang") === "en";
  const WORDS = new Map(Object.entries({
    "Press Enter to apply": "按回车键确认",
    "Press Enter to submit form": "按回车键提交",
    "Press ⌘+Enter to apply": "按 ⌘ 和回车键确认",
    "Press Ctrl+Enter to apply": "按 Ctrl 和回车键确认",
    "Choose an option": "请选择",
    "Choose options": "请选择",
    "Select an option": "请选择",
    "No results": "没有符合的选项",
    "No options to select": "没有可选的选项",
    "No options to select.": "没有可选的选项。",
    "Select all": "全选",
    "Clear all": "全部清除",
    "Clear value": "清除",
    "Clear selection": "清除选择",
    "Clear search": "清除搜索",
    "Open": "打开",
    "Close": "关闭",
    "Close dialog": "关闭",
    "Clear": "清除",
    "Remove": "移除",
    "Search": "搜索",
    "Search text": "搜索文字",
    "Type to search": "输入文字搜索",
    "Previous Result": "上一处",
    "Next Result": "下一处",
    "Close Search": "关闭搜索",
    "Previous result": "上一处",
    "Next result": "下一处",
    "Close search": "关闭搜索",
    "Fullscreen": "全屏",
    "View fullscreen": "全屏查看",
    "Close fullscreen": "退出全屏",
    "Exit fullscreen": "退出全屏",
    "Show/hide columns": "显示或隐藏列",
    "Hide columns": "隐藏列",
    "Download as CSV": "下载 CSV",
    "Download as PNG": "下载图片",
    "App pages": "页面",
    "file upload": "选择文件",
    "Increment": "加一",
    "Decrement": "减一",
    "Expand sidebar": "展开侧栏",
    "Collapse sidebar": "收起侧栏",
    "Sidebar": "侧栏",
    "Navigate to home page": "回到首页",
    "Calendar": "日历",
    "Choose date": "选择日期",
    "Choose date range": "选择起止日期",
    "Clear date": "清除日期",
    "Clear dates": "清除日期",
    "Clear entry": "清除",
    "Dataframe column menu": "列菜单",
    "Copy column name": "复制列名",
    "Data View": "数据",
    "No data": "没有数据",
    "No content": "没有内容",
    "Cancel": "取消",
    "Empty": "空值",
    "Add row": "加一行",
    "Delete row(s)": "删除行",
    "Add files": "添加文件",
    "Scroll tabs left": "向左",
    "Scroll tabs right": "向右",
    "Show chart": "显示图",
    "Show data": "显示数据",
    "Save as Image": "下载图片",
    "Restore": "恢复",
    "Notifications": "提示",
    "Select...": "请选择",
    "Selected values": "已选",
    "Automatic": "自动",
    "Localized": "分位",
    "Plain": "原样",
    "Compact": "缩写",
    "Percent": "百分比",
    "Dollar": "美元",
    "Euro": "欧元",
    "Yen": "日元",
    "Accounting": "会计",
    "Scientific": "科学计数",
    "Minimum": "最小",
    "Maximum": "最大",
    "Average": "平均",
    "Median": "中位数",
    "Sum": "合计",
    "Count": "个数",
    "Distinct": "不同值",
    "Standard deviation": "标准差",
    "Based on sample": "按抽样计算",
    "Minimum length": "最短",
    "Maximum length": "最长",
    "Average length": "平均长度",
    "Values": "值",
    "Range": "范围",
    "Try again": "再试一次",
    "(index)": "行号",
    "streamlit_folium.st_folium": "地图",
    "Sort ascending": "升序",
    "Sort descending": "降序",
    "Pin column": "固定此列",
    "Unpin column": "取消固定",
    "Autosize": "自动列宽",
    "Hide column": "隐藏此列",
    "Format": "格式",
    "Statistics": "统计",
    "Reset zoom": "恢复大小",
    "Zoom in": "放大",
    "Zoom out": "缩小",
    "Drag and drop file here": "把文件拖到这里",
    "Drag and drop files here": "把文件拖到这里",
    "Browse files": "选择文件",
    "Upload": "选择文件",
    "Upload file": "选择文件",
    "Upload files": "选择文件",
    "Remove file": "移除文件",
    "Delete file": "移除文件",
    "Copy": "复制",
    "Copied": "已复制",
    "Copy to clipboard": "复制",
    "Increment value": "加一",
    "Decrement value": "减一",
    "Increase": "加一",
    "Decrease": "减一",
    "Previous month": "上个月",
    "Next month": "下个月",
    "Previous month.": "上个月",
    "Next month.": "下个月",
    "Select a date.": "选择日期",
    "Show password text": "显示密码",
    "Hide password text": "隐藏密码",
    "Link to heading": "到这个标题的链接",
    "Show more": "更多",
    "Show less": "收起",
    "View less": "收起",
    "View more": "更多",
    "More": "更多",
    "Dismiss": "关闭",
    "Loading...": "正在载入…",
    "Uploading...": "正在上传…",
    "empty": "没有记录",
    "Stop": "停止",
    "Rerun": "重新运行",
    "Running...": "正在运行…",
    "Open sidebar": "打开侧栏",
    "Close sidebar": "收起侧栏",
    "Main menu": "菜单",
    "Skip to content": "到正文",
    "Skip to main content": "到正文",
  }));
  const SHAPES = [
    [/^(\d+(?:\.\d+)?)\s?([KMG]B) per file(?: • (.+))?$/, (_, size, unit, kinds) => `每个文件不超过 ${size} ${unit}${kinds ? " · " + kinds : ""}`],
    [/^Limit (\d+(?:\.\d+)?)\s?([KMG]B) per file(?: • (.+))?$/, (_, size, unit, kinds) => `每个文件不超过 ${size} ${unit}${kinds ? " · " + kinds : ""}`],
    [/^(\d+) results?$/, (_, many) => `${many} 处`],
    [/^(\d+) of (\d+) results?$/, (_, one, all) => `第 ${one} 处，共 ${all} 处`],
    [/^(\d+) options? available\.?$/, (_, many) => `有 ${many} 个选项。`],
    [/^[a-z0-9_]+ icon$/, () => "图标"],
    [/^(\d+) selected$/, (_, many) => `已选 ${many} 项`],
  ];
  // Of buttons that name what they remove: a file, a choice. In labels alone, never in a text.
  const LABELS = [
    [/^(?:Remove|Delete) (.+)$/, (_, what) => `移除 ${what}`],
    [/^Cancel upload of (.+)$/, (_, what) => `取消上传 ${what}`],
  ];
  const NAMES = ["title", "aria-label", "placeholder"];
  // Texts of ours and of ledgers. Streamlit sets the words of its tooltips and of the uploader as it sets ours.
  const THEIRS = '[data-testid="stTooltipContent"], [data-testid="stFileUploaderDropzone"]';
  const inTheirs = THEIRS.split(", ").map((each) => `${each}, ${each} *`).join(", ");
  const OURS = `[data-testid="stHtml"], canvas, script, style, :not(${inTheirs}) > [data-testid="stMarkdownContainer"]`;

  const chinese = (text, shapes = SHAPES) => {
    const trimmed = text?.trim();
    if (!trimmed || trimmed.length > 120) return null;
    const found = WORDS.get(trimmed);
    if (found) return found;
    for (const [shape, say] of shapes) if (shape.test(trimmed)) return trimmed.replace(shape, say);
    return null;
  };
  // What stood there before, for a reader who changes the language: by text, and by element and name.
  const before = new WeakMap();
  function turn(holder, name, read, write, shapes) {
    const now = read(), kept = before.get(holder) ?? before.set(holder, {}).get(holder);
    if (!inEnglish) {
      const found = chinese(now, shapes);
      if (found) (kept[name] = [now, found]), write(found);
    } else if (kept[name]?.[1] === now) write(kept[name][0]);
  }
  const text = (node) => {
    if (inEnglish ? !before.has(node) : !chinese(node.data)) return;
    if (!node.parentElement?.closest(OURS)) turn(node, "data", () => node.data, (value) => (node.data = value));
  };
  const attribute = (element, name) => {
    const shapes = [...SHAPES, ...LABELS];
    if (inEnglish ? !before.has(element) : !chinese(element.getAttribute(name), shapes)) return;
    turn(element, name, () => element.getAttribute(name), (value) => element.setAttribute(name, value), shapes);
  };
  function tree(node) {
    if (node.nodeType === Node.TEXT_NODE) return text(node);
    if (node.nodeType !== Node.ELEMENT_NODE || node.matches(OURS)) return;
    const walker = document.createTreeWalker(node, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, {
      acceptNode: (each) => (each.nodeType === Node.ELEMENT_NODE && each.matches(OURS) && !each.matches("canvas") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT),
    });
    for (let each = node; each; each = walker.nextNode())
      if (each.nodeType === Node.TEXT_NODE) text(each);
      else for (const name of NAMES) attribute(each, name);
  }
  let inEnglish = isEnglish();
  addEventListener("DOMContentLoaded", () => {
    new MutationObserver((changes) => {
      if (inEnglish !== isEnglish()) {
        inEnglish = !inEnglish;
        return tree(document.body);
      }
      for (const change of changes)
        if (change.type === "characterData") text(change.target);
        else if (change.type === "attributes") attribute(change.target, change.attributeName);
        else for (const node of change.addedNodes) tree(node);
    }).observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: NAMES });
    tree(document.body);
  });
})();
