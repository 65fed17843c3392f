"""No word of the framework on a Chinese page, also in what opens under a hand: choosers, tables, fields, uploads."""

from playwright.sync_api import expect

from tests.support.chromium import Visitor, settled
from tests.support.foreign import foreign_words


def test_choosers_fields_and_the_uploader(visitor: Visitor) -> None:
    page = visitor.open("/intake?role=steward&view=load")
    page.locator("[data-testid=stFileUploader]").first.wait_for()
    assert foreign_words(page) == []
    expect(page.locator("[data-testid=stFileUploader]").first).to_contain_text("50 MB")
    page.locator("[data-testid=stFileUploader] input[type=file]").first.set_input_files(
        {"name": "走访台账.csv", "mimeType": "text/csv", "buffer": "户编号\n1".encode()}
    )
    expect(page.get_by_text("走访台账.csv").first).to_be_visible()
    settled(page)
    assert foreign_words(page) == []
    chooser = page.locator("[data-testid=stSelectbox] input").first
    chooser.click()
    expect(page.get_by_role("option").first).to_be_visible()
    assert foreign_words(page) == []
    chooser.press_sequentially("qq")
    expect(page.get_by_text("没有符合的选项")).to_be_visible()
    assert foreign_words(page, also=("qq",)) == []
    page.keyboard.press("Escape")
    page.locator("[class*=st-key-wg_find] button").click()
    page.locator("[data-testid=stTextInput] input").last.press_sequentially("双龙")
    expect(page.get_by_text("按回车键确认")).to_be_visible()
    assert foreign_words(page) == []
    print("W18: 0 foreign words in choosers, fields and the uploader")


def test_the_menus_of_a_table(visitor: Visitor) -> None:
    page = visitor.open("/visits?period=2020")
    table = page.locator("[data-testid=stDataFrame]").first
    table.scroll_into_view_if_needed()
    table.hover()
    box = page.locator("[data-testid=stElementContainer]:has([data-testid=stDataFrame])").first
    for words in ("显示或隐藏列", "搜索", "全屏"):
        button = box.get_by_role("button", name=words, exact=True)
        button.hover()
        expect(page.get_by_test_id("stTooltipContent").filter(has_text=words)).to_be_visible()
        assert foreign_words(page) == []
    box.get_by_role("button", name="显示或隐藏列", exact=True).click()
    listed = page.get_by_test_id("stDataFrameColumnVisibilityMenu")
    expect(listed).to_be_visible()
    assert foreign_words(page) == []
    page.keyboard.press("Escape")
    box.get_by_role("button", name="搜索", exact=True).click()
    page.keyboard.type("社区")
    expect(page.locator(".gdg-seveqep, [class*=gdg-search]").first).to_be_visible()
    assert foreign_words(page) == []


def test_words_follow_the_language(visitor: Visitor) -> None:
    """English words come back with the language, and what people typed is never touched."""
    page = visitor.open("/coverage?period=2020")
    assert page.get_by_role("button", name="加一").count() >= 1
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.get_by_role("button", name="中文", exact=True)).to_be_visible()
    settled(page)
    expect(page.get_by_label("加一")).to_have_count(0)
    assert page.get_by_label("Increment").count() >= 1


def test_a_name_that_is_such_a_word_stays(visitor: Visitor) -> None:
    page = visitor.open("/book")
    kept = page.evaluate(
        """async () => {
            const box = document.createElement("div");
            box.innerHTML = '<div data-testid="stHtml"><b>Search</b></div><p>Search for it</p><p>Search</p>';
            document.querySelector("[data-testid=stMain]").append(box);
            await new Promise((done) => setTimeout(done, 100));
            const found = [...box.querySelectorAll("b, p")].map((each) => each.textContent);
            box.remove();
            return found;
        }"""
    )
    assert kept == ["Search", "Search for it", "搜索"]
