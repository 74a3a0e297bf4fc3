import { request } from 'node:http';
import type { Runtime } from '../../local/runtime';
import { startTestRuntime } from '../support/runtime';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await startTestRuntime();
}, 120_000);
afterAll(() => runtime?.close());

const get = (path: string, init: RequestInit = {}) =>
  fetch(runtime.endpoint + path, { redirect: 'manual', ...init });

/** As it is given; `fetch` would resolve the dots before it asks. */
function getRaw(path: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number; location: string | undefined; body: string }>((resolve, reject) => {
    const asked = request(runtime.endpoint, { path, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => (body += text));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, location: response.headers.location, body }),
      );
    });
    asked.on('error', reject);
    asked.end();
  });
}

test('the root is the page, under a policy without exceptions, and asked for each time', async () => {
  const response = await get('/');
  expect(response.status).toBe(200);
  expect(await response.text()).toContain('<title>Parley</title>');
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
  });
  const policy = response.headers.get('content-security-policy')?.split('; ') ?? [];
  expect(policy).toEqual(
    expect.arrayContaining([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
      "frame-ancestors 'none'",
    ]),
  );
  expect(policy.join()).not.toMatch(/unsafe|data:/);
});

test('its scripts and styles are there, with their types', async () => {
  const page = await (await get('/')).text();
  const files = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, file]) => file ?? '');
  const types = await Promise.all(files.map(async (file) => (await get(file)).headers.get('content-type')));
  expect(types).toEqual(
    expect.arrayContaining(['text/javascript; charset=utf-8', 'text/css; charset=utf-8', 'image/svg+xml']),
  );
});

test('config.json names the addresses of this machine', async () => {
  const config = (await (await get('/config.json')).json()) as Record<string, unknown>;
  expect(config).toMatchObject({
    websocketUrl: runtime.url,
    httpUrl: `${runtime.endpoint}/http`,
    room: 'lobby',
    guests: true,
    signIn: { url: expect.stringMatching(`^${runtime.endpoint}/user-pool-domains/`) as string },
  });
  expect(JSON.stringify(config)).not.toMatch(/amazon|<<|marker/i);
});

test('HEAD tells the same headers without the page', async () => {
  const [head, page] = await Promise.all([get('/', { method: 'HEAD' }), get('/')]);
  expect(head.status).toBe(200);
  expect(await head.text()).toBe('');
  const length = Buffer.byteLength(await page.text());
  expect(head.headers.get('content-length')).toBe(String(length));
  expect(head.headers.get('content-security-policy')).toBe(page.headers.get('content-security-policy'));
});

test('what there is not is not served, and no path leads out of the site', async () => {
  expect((await get('/nothing.html')).status).toBe(404);
  for (const path of [
    '/..%2f..%2fetc/passwd',
    '/../../etc/passwd',
    '/%2e%2e/%2e%2e/package.json',
    '/assets/../../package.json',
    '/%ff',
  ]) {
    const { status, body } = await getRaw(path);
    expect([path, status]).toEqual([path, 404]);
    expect(body).not.toMatch(/root:|"parley"/);
  }
});

test('a POST of the page is not answered by the site', async () => {
  const response = await get('/', { method: 'POST' });
  expect(response.headers.get('content-security-policy')).toBeNull();
  expect(await response.text()).not.toContain('<title>Parley');
});

test('a page that is asked for as localhost has its one address', async () => {
  const host = new URL(runtime.endpoint).host.replace('127.0.0.1', 'localhost');
  expect(await getRaw('/', { host })).toMatchObject({ status: 302, location: `${runtime.endpoint}/` });
});
