// Drives one headless Chromium for all tests of a process: the other end of tests/harness/browser.rs.
//
// usage: node driver.mjs MODULES SOCKET
//
// MODULES is the folder that has node_modules. Each connection to SOCKET is a page in a browser
// context of its own, which goes with the connection. A line in is ["verb", …arguments], a line out
// is {"ok": …} or {"error": "…"}.

import { readFile } from 'node:fs/promises';
import { createServer as createWebServer } from 'node:http';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PATIENCE = 30_000;
const TYPES = {
    '.css': 'text/css',
    '.html': 'text/html',
    '.jpg': 'image/jpeg',
    '.js': 'text/javascript',
    '.json': 'application/json',
    '.mjs': 'text/javascript',
    '.svg': 'image/svg+xml',
    '.wasm': 'application/wasm',
    '.wav': 'audio/wav',
};

const [modules, socket] = process.argv.slice(2);
const require = createRequire(join(modules, 'here.js'));
const { chromium } = require('playwright-core');
const axe = await readFile(require.resolve('axe-core/axe.min.js'), 'utf8');
const dist = join(modules, 'node_modules/converse.js/dist');
const page = fileURLToPath(new URL('converse.html', import.meta.url));

// What a person's browser would get from the place where Converse is installed.
const web = createWebServer(async (request, response) => {
    const path = normalize(new URL(request.url, 'http://localhost').pathname);
    const file = path === '/' ? page : join(dist, path.replace(/^\/dist/, ''));
    try {
        const bytes = await readFile(file);
        const type = TYPES[extname(file)] ?? 'application/octet-stream';
        response.writeHead(200, { 'Content-Type': type }).end(bytes);
    } catch {
        response.writeHead(404).end();
    }
});
await new Promise((listening) => web.listen(0, '127.0.0.1', listening));
const converse = `http://127.0.0.1:${web.address().port}/`;

const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        // What a page wants from elsewhere is not there, on any machine alike.
        '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
});

const verbs = {
    async goto({ page }, url) {
        const answer = await page.goto(url);
        return answer?.status();
    },

    // Logs in with Converse, and waits until the list of contacts is there.
    async converse({ page }, jid, password, websocket) {
        await page.goto(converse);
        await page.waitForFunction(() => window.client);
        await page.evaluate(([jid, password, websocket]) => window.client.initialize({
            allow_adhoc_commands: true,
            assets_path: '/dist/',
            authentication: 'login',
            auto_login: true,
            discover_connection_methods: false,
            i18n: 'en',
            jid,
            keepalive: false,
            password,
            persistent_store: 'sessionStorage',
            show_background: false,
            view_mode: 'fullscreen',
            websocket_url: websocket,
        }), [jid, password, websocket]);
        await page.locator('converse-roster').first().waitFor();
    },

    // Gives the file whenever the page asks for this address.
    async serve({ page }, url, file) {
        const type = TYPES[extname(file)];
        await page.route(url, async (route) => {
            await route.fulfill({ body: await readFile(file), contentType: type });
        });
    },

    async click({ page }, selector, text) {
        await find(page, selector, text).click();
    },

    // Clicks on a link that gives a file, and tells where the file is.
    async download({ page }, selector, text) {
        const [download] = await Promise.all([
            page.waitForEvent('download'),
            find(page, selector, text).click(),
        ]);
        return download.path();
    },

    // Pulls the plug.
    async unplug({ page }) {
        await page.context().setOffline(true);
    },

    async fill({ page }, selector, value) {
        await find(page, selector, '').fill(value);
    },

    async press({ page }, key) {
        await page.keyboard.press(key);
    },

    // Waits until something that fits is visible, and gives its text.
    async see({ page }, selector, text) {
        const found = find(page, selector, text);
        await found.waitFor();
        return found.innerText();
    },

    async eval({ page }, script) {
        return page.evaluate(script);
    },

    // Waits until the script gives something that is true, and gives that.
    async until({ page }, script) {
        const found = await page.waitForFunction(script);
        return found.jsonValue();
    },

    async screenshot({ page }, path, whole) {
        await page.screenshot({ path, fullPage: whole, animations: 'disabled' });
    },

    // What comes out of the printer: A4 less its margins, as one long sheet.
    async print({ page }, path) {
        const screen = page.viewportSize();
        await page.emulateMedia({ media: 'print' });
        await page.setViewportSize({ width: 680, height: 1009 });
        await page.screenshot({ path, fullPage: true });
        await page.emulateMedia({ media: null });
        await page.setViewportSize(screen);
    },

    // What went wrong in the window since it was opened.
    async complaints({ complaints }) {
        return complaints;
    },

    // What axe has to say against the page, a line for each place.
    async axe({ page }) {
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => window.axe.run());
        return violations.flatMap(({ id, impact, nodes }) => nodes.map(
            (node) => `${impact}: ${id}: ${node.target.join(' ')}: ${node.failureSummary}`,
        ));
    },
};

// What the page must not do: errors in its console, and things it asked for in vain.
function listen(page) {
    const complaints = [];
    page.on('console', (said) => said.type() === 'error' && complaints.push(said.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('requestfailed', (request) => {
        complaints.push(`${request.url()}: ${request.failure()?.errorText}`);
    });
    return complaints;
}

function find(page, selector, text) {
    return page.locator(selector, text ? { hasText: text } : {}).first();
}

createServer(async (connection) => {
    const answer = (line) => connection.write(JSON.stringify(line) + '\n');
    connection.on('error', () => connection.destroy());
    let context;
    let page;
    let complaints;
    for await (const line of createInterface({ input: connection })) {
        const [verb, ...parameters] = JSON.parse(line);
        try {
            if (verb === 'window') {
                context = await browser.newContext({ ignoreHTTPSErrors: true, ...parameters[0] });
                context.setDefaultTimeout(PATIENCE);
                page = await context.newPage();
                complaints = listen(page);
                answer({ ok: null });
            } else {
                answer({ ok: (await verbs[verb]({ page, complaints }, ...parameters)) ?? null });
            }
        } catch (error) {
            const text = await page?.locator('body').innerText().catch(() => '');
            answer({ error: `${error}\nThe page says:\n${text}` });
        }
    }
    await context?.close();
}).listen(socket);
