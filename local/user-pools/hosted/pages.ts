import type { ServerResponse } from 'node:http';
import { html, page, type Html } from '../../operator/html';

/** The page that asks for name and password. It works without a script, with a keyboard and a screen reader. */
export function loginPage(action: string, problem?: string, username = ''): Html {
  const told = problem === undefined ? '' : html`<p role="alert"><strong>${problem}</strong></p>`;
  return page(
    'Sign in',
    html`${told}
      <form method="post" action="${action}">
        <p>
          <label for="username">Name</label><br />
          <input
            id="username"
            name="username"
            value="${username}"
            autocomplete="username"
            autocapitalize="none"
            required
            autofocus
          />
        </p>
        <p>
          <label for="password">Password</label><br />
          <input id="password" name="password" type="password" autocomplete="current-password" required />
        </p>
        <p><button type="submit">Sign in</button></p>
      </form>
      <p>
        People are added on this machine with <code>npm run user -- add NAME</code>; there is nobody yet at
        the first start.
      </p>`,
  );
}

export function problemPage(problem: string): Html {
  return page('Sign in', html`<p role="alert">${problem}</p>`);
}

/**
 * @param redirectUri where the form may lead in the end: browsers hold `form-action` against the redirects that follow a
 *   form, too
 */
export function sendPage(
  response: ServerResponse,
  status: number,
  content: Html,
  redirectUri?: string,
): void {
  const target = redirectUri === undefined ? '' : ` ${formTarget(redirectUri)}`;
  response
    .writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'; form-action 'self'${target}; base-uri 'none'; frame-ancestors 'none'`,
      // Not no-referrer: with it browsers send the form under the Origin "null".
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    })
    .end(content.text);
}

/** The origin of a web address, the scheme of an app's own. */
function formTarget(redirectUri: string): string {
  const { origin, protocol } = new URL(redirectUri);
  return origin === 'null' ? protocol : origin;
}
