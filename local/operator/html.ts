/** Markup that is safe to put into a page. */
export class Html {
  constructor(readonly text: string) {}
}

/** Markup from a template: what is put in is escaped, unless it is markup itself; lists are put in one by one. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(
    strings.map((text, index) => (index === 0 ? '' : toMarkup(values[index - 1] ?? '')) + text).join(''),
  );
}

export type HtmlValue = string | number | Html | readonly Html[];

/** A whole page. It needs no script and loads nothing. */
export function page(title: string, body: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
        <style>
          body {
            font:
              15px/1.5 system-ui,
              sans-serif;
            margin: 2rem auto;
            max-width: 70rem;
            padding: 0 1rem;
          }
          table {
            border-collapse: collapse;
            width: 100%;
          }
          th,
          td {
            border-bottom: 1px solid #ccc;
            padding: 0.3rem 0.6rem;
            text-align: left;
            vertical-align: top;
          }
          pre,
          code {
            overflow-wrap: anywhere;
            white-space: pre-wrap;
          }
          pre {
            margin: 0;
          }
        </style>
      </head>
      <body>
        <h1>${title}</h1>
        ${body}
      </body>
    </html>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function toMarkup(value: HtmlValue): string {
  if (value instanceof Html) return value.text;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string')
    return value.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
  return value.map((part) => part.text).join('');
}
