/**
 * Two people in Firefox: they sign up, make and join a room, write, react, reply in a thread, search, come back after a reload,
 * and log out and in. Driven by WebDriver BiDi. Exceptions and errors on the console fail the walk.
 * Usage: node walk.js FIREFOX URL
 */
/* global document -- of the page, in functions that run there */
import assert from 'node:assert/strict';
import puppeteer from 'puppeteer-core';

const [executablePath, url] = process.argv.slice(2);
const PASSWORD = 'correct-horse-9';
/** A failed request for the account of whoever is not logged in is told by the browser itself. */
const EXPECTED = /Failed to load resource|status of 401/;

/** A person's page, with what is done on it by roles and names. */
class Person {
  constructor(page) {
    this.page = page;
    this.errors = [];
    page.setDefaultTimeout(30_000);
    page.on('pageerror', (error) => this.errors.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error' && !EXPECTED.test(message.text())) this.errors.push(message.text());
    });
  }

  async goTo(path) {
    await this.page.goto(`${url}/#/${path}`);
  }

  /** Presses a button in the first element of a selector. */
  async press(name, within = 'body') {
    await this.page.bringToFront(); // the pointer and frames are those of the tab in front
    await this.page.locator(`${within} ::-p-aria([name="${name}"][role="button"])`).click();
  }

  /** Presses a button of the first message's toolbar. */
  async act(name) {
    await this.page.bringToFront();
    await this.page.locator('main .message').hover();
    await this.page.locator(`main .toolbar [aria-label="${name}"]`).click();
  }

  async fill(name, text, within = 'body') {
    await this.page.bringToFront();
    await this.page.locator(`${within} ::-p-aria([name="${name}"][role="textbox"])`).fill(text);
  }

  /** Types into the composer of the room or of the thread. */
  async type(text, part = 'main') {
    await this.page.bringToFront();
    await this.page.locator(`${part} .composer textarea`).fill(text);
  }

  async sees(text, within = 'body') {
    await this.page.waitForFunction(
      (selector, wanted) => [...document.querySelectorAll(selector)].some((each) => each.textContent.includes(wanted)),
      { polling: 200 }, // the frames of a tab that is not in front are too rare
      within,
      text,
    );
  }

  async say(text, shown = text) {
    await this.type(text);
    await this.page.keyboard.press('Enter');
    await this.sees(shown, 'main .message:not(.pending) .text');
  }

  async signUp(name) {
    await this.goTo('');
    await this.press('I need an account');
    await this.fill('Account name', name);
    await this.page.locator('input[type=password]').fill(PASSWORD);
    await this.press('Create account');
    await this.page.waitForSelector('nav.sidebar');
  }

  async logIn(name) {
    await this.fill('Account name', name);
    await this.page.locator('input[type=password]').fill(PASSWORD);
    await this.press('Log in');
    await this.page.waitForSelector('nav.sidebar');
  }
}

/** A pointer that is fine and hovers: a machine without a screen has none. */
const MOUSE = 2 | 4;
const browser = await puppeteer.launch({
  browser: 'firefox',
  executablePath,
  headless: true,
  extraPrefsFirefox: { 'ui.primaryPointerCapabilities': MOUSE, 'ui.allPointerCapabilities': MOUSE },
});

async function newPerson() {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.setViewport({ width: 1280, height: 800 });
  return new Person(page);
}

async function step(name, act) {
  await act();
  console.log(`ok: ${name}`);
}

try {
  console.log(await browser.version());
  const [ada, bob] = [await newPerson(), await newPerson()];
  await step('sign up', async () => {
    await ada.signUp('ada');
    await bob.signUp('bob');
  });
  await step('make a room, and join it', async () => {
    await ada.goTo('directory');
    await ada.press('New room');
    await ada.fill('Title', 'Foxes', 'dialog');
    await ada.press('Create room', 'dialog');
    await ada.page.waitForSelector('main[data-room=foxes] .composer');
    await bob.goTo('rooms/foxes');
    await bob.press('Join');
    await bob.page.waitForSelector('main .composer');
  });
  await step('write to each other', async () => {
    await ada.say('Where is the **fox**?', 'Where is the fox?');
    await bob.sees('Where is the fox?', 'main .message .text');
    await bob.say('In the garden');
    await ada.sees('In the garden', 'main .message .text');
  });
  await step('react', async () => {
    await bob.act('React with 👍');
    await ada.page.waitForSelector('main .message .chip');
  });
  await step('reply in a thread, where typing is shown', async () => {
    await ada.act('Reply in thread');
    await bob.act('Reply in thread');
    await bob.type('Under the', '.panel');
    await ada.sees('bob is writing…', '.panel .typing');
    await bob.type('Under the apple tree', '.panel');
    await bob.page.keyboard.press('Enter');
    await ada.sees('Under the apple tree', '.panel .message .text');
  });
  await step('search', async () => {
    await ada.goTo('search/apple');
    await ada.sees('Under the apple tree', 'main .card');
    assert.equal(await ada.page.$eval('main .card mark', (mark) => mark.textContent), 'apple');
  });
  await step('reload, and go on', async () => {
    await bob.page.reload();
    await bob.sees('In the garden', 'main .message .text');
    await bob.say('Still there');
  });
  await step('log out, and in', async () => {
    await bob.goTo('settings/devices');
    await bob.press('Log out');
    await bob.page.waitForSelector('main.login');
    await bob.logIn('bob');
    await bob.goTo('rooms/foxes');
    await bob.sees('Still there', 'main .message .text');
  });
  assert.deepEqual([...ada.errors, ...bob.errors], []);
} finally {
  await browser.close();
}
