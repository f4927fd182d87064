// The page of a development network, or of a node that is on its channel, in a real browser: wide and light, narrow and
// dark, by mouse and by keyboard.
import { chromium } from 'playwright-core';
import assert from 'node:assert/strict';

const [url, executablePath, of, screenshots] = process.argv.slice(2);
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];
const browser = await chromium.launch({ executablePath, args });
const complaints = [];

async function look(name, viewport, colorScheme) {
  const context = await browser.newContext({ viewport, colorScheme });
  const page = await context.newPage();
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  const shot = async (view) => {
    if (screenshots) await page.screenshot({ path: `${screenshots}/${of}-${name}-${view}.png` });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    assert.equal(wide, false, `${view} is wider than a ${name} screen`);
  };
  await page.goto(url);

  // The session of `selvedge dev` ends with two transfers in one block: the loser says whose write it lost to.
  const why = page.locator('.why').first();
  await why.waitFor();
  assert.match(await why.textContent(), /asset1 of asset-transfer was read at version \d+:\d+ and is at \d+:\d+ now, written by/);
  await shot('blocks');
  await why.locator('button').click();
  await page.waitForFunction(() => document.activeElement?.closest('details')?.querySelector('.code.valid'));

  await page.focus('#tab-blocks');
  await page.keyboard.press('ArrowRight');
  await page.getByRole('heading', { level: 2, name: /asset-transfer/ }).waitFor();
  assert.equal(await page.getAttribute('#tab-definitions', 'aria-selected'), 'true');
  await shot('definitions');
  await page.keyboard.press('ArrowRight');
  await page.locator('#namespace').waitFor();
  await page.fill('#prefix', 'asset2');
  await page.waitForFunction(() => document.querySelectorAll('td.key').length === 1);
  await shot('state');
  await page.click('td.key button');
  await page.getByRole('button', { name: 'Back' }).waitFor();
  await shot('history');
  // From a change to its transaction, whose block may not be among those that are shown.
  await page.locator('td.mono button').last().focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement?.closest('details.tx')?.open);
  assert.equal(await page.getAttribute('#tab-blocks', 'aria-selected'), 'true');
  await page.click('#tab-logs');
  await page.locator('#lines').waitFor();
  // A node that runs no chaincode has none of its lines.
  const expected = of === 'dev' ? '.line .text' : '#no-lines';
  await page.locator(expected).first().waitFor();
  await shot('logs');
  await context.close();
}

await look('wide', { width: 1100, height: 900 }, 'light');
await look('narrow', { width: 360, height: 800 }, 'dark');
await browser.close();
assert.deepEqual(complaints, []);
console.log(`the page of ${of === 'dev' ? 'a development network' : 'a node'} works in a browser`);
