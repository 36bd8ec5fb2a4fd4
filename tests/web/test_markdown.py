"""How texts are shown: each construct, what is no markup, and texts made to be slow."""

from typing import Any, Final

from playwright.sync_api import expect

from .server import PageServer
from .test_faults import abort
from .visits import Visits

SHOWN: Final = {
    "**bold** and _it_ and ~~gone~~ and `code`": (
        "<p><strong>bold</strong> and <em>it</em> and <del>gone</del> and <code>code</code></p>"
    ),
    "one\ntwo\n\nthree": "<p>one<br>two</p><p>three</p>",
    "# Heading": '<p class="strong">Heading</p>',
    "- a\n- b\n  1. c\n     - d": (
        "<ul><li>a</li><li>b<ol start=1><li>c<ul><li>d</li></ul></li></ol></li></ul>"
    ),
    "3. x\n4. y": "<ol start=3><li>x</li><li>y</li></ol>",
    "- [ ] a\n- [x] b": "<ul><li>☐ a</li><li>☑ b</li></ul>",
    "- a\n\n  ```\n  x < y\n  ```": "<ul><li><p>a</p><pre>x < y</pre></li></ul>",
    "> a\n> > b": "<blockquote><p>a</p><blockquote><p>b</p></blockquote></blockquote>",
    "a | b\n--|--\n1 | `c`": (
        "<table><thead><tr><th>a</th><th>b</th></tr></thead>"
        "<tbody><tr><td>1</td><td><code>c</code></td></tr></tbody></table>"
    ),
    "---": "<hr>",
    "[w](https://en.wikipedia.org/wiki/A_(b))": (
        "<p><a href=https://en.wikipedia.org/wiki/A_(b)>w</a></p>"
    ),
    "(see https://a.example/x_y_(z)?a=1&b=2).": (
        "<p>(see <a href=https://a.example/x_y_(z)?a=1&b=2>https://a.example/x_y_(z)?a=1&b=2</a>).</p>"
    ),
    "![pic](https://a.example/p.png)": "<p><a href=https://a.example/p.png>pic</a></p>",
    "a snake_case_name 2*3*4": "<p>a snake_case_name 2<em>3</em>4</p>",
    "\\*no\\*": "<p>*no*</p>",
    "&amp; &lt;": "<p>&amp; &lt;</p>",
    # HTML and scripts are text.
    "<b onclick=x>hi</b><script>alert(1)</script>": (
        "<p>&lt;b onclick=x>hi&lt;/b>&lt;script>alert(1)&lt;/script></p>"
    ),
    "[x](javascript:alert(1)) [y](data:text/html,z)": "<p>x y</p>",
    "<img src=x onerror=alert(1)>": '<p class="raw">&lt;img src=x onerror=alert(1)></p>',
    "||secret **x**|| a || b": (
        '<p><button type="button" class="spoiler">secret <strong>x</strong></button> a || b</p>'
    ),
    "#here-m #nowhere-m a#here-m": (
        '<p><a class="mention" href=#/rooms/here-m>#here-m</a> #nowhere-m a#here-m</p>'
    ),
    "**强调**文字": "<p><strong>强调</strong>文字</p>",
}
# The elements of a message and their texts, without what says nothing of the markup.
SIMPLE: Final = """
(root) => {
    const quoted = new Set(['href', 'start']);
    const write = (node) => {
        if (node.nodeType === Node.TEXT_NODE) return node.data.replaceAll('<', '&lt;');
        if (node.nodeType !== Node.ELEMENT_NODE) return '';
        const name = node.localName;
        const inner = [...node.childNodes].map(write).join('');
        const isCode = node.classList.contains('code');
        if (isCode) return `<pre>${node.querySelector('code').textContent}</pre>`;
        if (name === 'span' || name === 'div') return inner;
        let tag = name;
        for (const each of ['type', 'class']) {
            if (node.getAttribute(each)) tag += ` ${each}="${node.getAttribute(each)}"`;
        }
        for (const each of quoted) {
            if (node.hasAttribute(each)) tag += ` ${each}=${node.getAttribute(each)}`;
        }
        return ['br', 'hr'].includes(name) ? `<${tag}>` : `<${tag}>${inner}</${name}>`;
    };
    return [...root.childNodes].map(write).join('').replaceAll('\\n', '');
}
"""


def test_each_construct(visit: Visits, shared: PageServer) -> None:
    with shared.meet("here-m", "mara") as [mara]:
        mara.say("here-m", *SHOWN)
        page = visit(shared, mara.token, "rooms/here-m")
        expect(page.texts).to_have_count(len(SHOWN))
        seen = [text.evaluate(SIMPLE) for text in page.texts.all()]
        assert dict(zip(SHOWN, seen, strict=True)) == SHOWN

        # A spoiler is shown by a press, and stays.
        page.button("Show what is hidden").click()
        expect(page.view.locator(".spoiler.open")).to_have_text("secret x")


def test_quotes_have_no_markup_and_links_to_the_page_stay_in_it(
    visit: Visits, shared: PageServer
) -> None:
    with shared.meet("quoted", "quinn") as [quinn]:
        quinn.say("quoted", "**bold**, [a link](https://a.example) and ||hidden||")
        quinn.call("sendMessage", room="quoted", text="I agree", replyTo=1)
        quinn.say("quoted", f"See {shared.url}/#/rooms/quoted/1")
        page = visit(shared, quinn.token, "rooms/quoted")
        quote = page.message("I agree").locator(".quote")
        expect(quote).to_contain_text("bold, a link and ▒▒▒")
        link = page.view.get_by_role("link", name="/#/rooms/quoted/1")
        assert link.get_attribute("target") is None
        link.click()
        expect(page.view.locator(".message.target")).to_contain_text("bold")


def test_code_is_highlighted_and_copied(visit: Visits, shared: PageServer) -> None:
    with shared.meet("coded", "maxim") as [maxim]:
        maxim.say("coded", "```python\nif x < 1:\n    print('&amp;')\n```", "```nonsense\n<b>\n```")
        options: dict[str, Any] = {"permissions": ["clipboard-read", "clipboard-write"]}
        page = visit(shared, maxim.token, "rooms/coded", **options)
        expect(page.view.locator(".hljs-keyword")).to_have_text("if")
        expect(page.view.locator("pre").first).to_have_text("if x < 1:\n    print('&amp;')")
        expect(page.view.locator("pre").last).to_have_text("<b>")
        page.view.locator(".code").first.hover()
        page.button("Copy code").first.click()
        expect(page.toast).to_contain_text("Copied")
        copied = page.tab.evaluate("navigator.clipboard.readText()")
        assert copied == "if x < 1:\n    print('&amp;')"


def test_the_highlighter_is_loaded_with_the_next_code_if_it_could_not(
    visit: Visits, shared: PageServer
) -> None:
    code = "```python\nif x < 1:\n    print(x)\n```"
    with shared.meet("recoded", "mika") as [mika]:
        page = visit(shared, mika.token, "rooms/recoded")
        page.tab.context.route("**/highlight.min.js", abort)
        with page.tab.expect_console_message(lambda message: "highlight" in message.text):
            mika.say("recoded", code)
        assert "highlight" in visit.errors.pop()
        page.tab.context.unroute("**/highlight.min.js")
        mika.say("recoded", code)
        expect(page.view.locator(".hljs-keyword")).to_have_count(2)


def test_long_words_and_other_directions(visit: Visits, shared: PageServer) -> None:
    with shared.meet("wide", "moeta") as [moeta]:
        moeta.say("wide", "w" * 3000, "שלום hello", "🎉", "🎉 and words")
        page = visit(shared, moeta.token, "rooms/wide", viewport={"width": 390, "height": 844})
        expect(page.texts).to_have_count(4)
        width = page.tab.evaluate("document.querySelector('.scroller').scrollWidth")
        assert width <= 390
        hebrew = page.texts.nth(1).locator("p")
        assert hebrew.evaluate("p => getComputedStyle(p).direction") == "rtl"
        assert "jumbo" in (page.texts.nth(2).get_attribute("class") or "")
        assert "jumbo" not in (page.texts.nth(3).get_attribute("class") or "")


SLOW: Final = ("*", "[", ">", "> ", "_a_", "*a**b ", "![", "1. ", "- a\n ", "a\n", "www.a.b ", "||")


def test_texts_that_would_be_slow_are_shown_as_written(visit: Visits, shared: PageServer) -> None:
    with shared.meet("bombed", "bomber") as [bomber]:
        texts = [f"{(part * 4000)[:3990]}x" for part in SLOW]
        bomber.say("bombed", *texts)
        page = visit(shared, bomber.token, "rooms/bombed")
        expect(page.texts).to_have_count(len(texts))
        assert page.texts.all_text_contents() == texts
        assert page.view.locator(".text:not(.plain)").count() == 0
