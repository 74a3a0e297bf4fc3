import { Marked, type Token, type Tokens } from 'marked';
import { memo, type ReactNode } from 'react';
import { hostToShow, safeHref, visible } from './safe-text';

/**
 * GitHub's Markdown without its HTML: what looks like a tag is text. Tokens become React elements one by one, so no
 * string of others is ever parsed as HTML.
 */
const parser = new Marked({
  gfm: true,
  breaks: true,
  tokenizer: {
    html: () => undefined,
    tag: () => undefined,
    // Definitions elsewhere in a text would let a link say one thing and be another.
    def: () => undefined,
    // A chat line that happens to be indented, or underlined by the next one, is no code and no heading.
    code: () => undefined,
    lheading: () => undefined,
    table: () => undefined,
  },
});

/** How deep lists and quotes may nest before the rest is shown as it was written. */
const DEEPEST = 8;

/** So many markers of quotes and lists one after the other that the parser, which nests calls as they nest, gives up. */
const TOO_DEEP = /(?:(?:>|[-*+]|\d{1,9}[.)])[ \t]*){40}/;

export const Markdown = memo(function Markdown({ text }: { text: string }) {
  return <div className="markdown">{contentOf(text)}</div>;
});

/** Whatever cannot be parsed is shown as it was written: one message must never take the page from everybody. */
function contentOf(text: string): ReactNode {
  if (TOO_DEEP.test(text)) return <p dir="auto">{visible(text)}</p>;
  try {
    return blocks(parser.lexer(text), 0);
  } catch {
    return <p dir="auto">{visible(text)}</p>;
  }
}

function blocks(tokens: readonly Token[], depth: number): ReactNode {
  return all(tokens.map((token, index) => block(token, depth, index)));
}

/** One child is given as it is: each list of children costs the page a little, and rows come and go as one scrolls. */
function all(children: ReactNode[]): ReactNode {
  return children.length === 1 ? children[0] : children;
}

function block(token: Token, depth: number, key: number): ReactNode {
  if (depth > DEEPEST) return visible(token.raw);
  if (isToken(token, 'space')) return null;
  if (isToken(token, 'hr')) return <hr key={key} />;
  if (isToken(token, 'code')) {
    return (
      <pre key={key} tabIndex={0}>
        <code>{visible(token.text)}</code>
      </pre>
    );
  }
  if (isToken(token, 'blockquote')) {
    return <blockquote key={key}>{blocks(token.tokens, depth + 1)}</blockquote>;
  }
  if (isToken(token, 'list')) {
    const items = token.items.map((item, index) => <li key={index}>{blocks(item.tokens, depth + 1)}</li>);
    if (!token.ordered) return <ul key={key}>{items}</ul>;
    return (
      <ol key={key} start={Number(token.start)}>
        {items}
      </ol>
    );
  }
  // A heading of a message is none of the page's.
  if (isToken(token, 'heading')) {
    return (
      <p key={key} dir="auto">
        <strong>{inlines(token.tokens, depth)}</strong>
      </p>
    );
  }
  if (isToken(token, 'paragraph')) {
    return (
      <p key={key} dir="auto">
        {inlines(token.tokens, depth)}
      </p>
    );
  }
  return inline(token, depth, key);
}

function inlines(tokens: readonly Token[], depth: number): ReactNode {
  return all(tokens.map((token, index) => inline(token, depth + 1, index)));
}

function inline(token: Token, depth: number, key: number): ReactNode {
  if (depth > DEEPEST * 2) return visible(token.raw);
  if (isToken(token, 'strong')) return <strong key={key}>{inlines(token.tokens, depth)}</strong>;
  if (isToken(token, 'em')) return <em key={key}>{inlines(token.tokens, depth)}</em>;
  if (isToken(token, 'del')) return <del key={key}>{inlines(token.tokens, depth)}</del>;
  if (isToken(token, 'codespan')) return <code key={key}>{visible(token.text)}</code>;
  if (isToken(token, 'br')) return <br key={key} />;
  if (isToken(token, 'escape')) return visible(token.text);
  if (isToken(token, 'checkbox')) return token.checked ? '☑ ' : '☐ ';
  if (isToken(token, 'link')) return link(token, depth, key);
  // Pictures from elsewhere would tell their server who reads here.
  if (isToken(token, 'image')) return visible(token.raw);
  if (isToken(token, 'text')) {
    return token.tokens === undefined ? visible(token.text) : inlines(token.tokens, depth);
  }
  return visible(token.raw);
}

/** Its words are isolated by their own direction, so that they cannot turn around what stands beside them. */
function link(token: Tokens.Link, depth: number, key: number): ReactNode {
  const href = safeHref(token.href);
  if (href === undefined) return visible(token.raw);
  const host = hostToShow(token.text, href);
  const anchor = (
    <a key={key} href={href} dir="auto" target="_blank" rel="noopener noreferrer nofollow" title={href}>
      {inlines(token.tokens, depth)}
    </a>
  );
  if (host === undefined) return anchor;
  return [
    anchor,
    <bdi key="host" className="link-host">
      {` (${host})`}
    </bdi>,
  ];
}

interface TokensByType {
  blockquote: Tokens.Blockquote;
  br: Tokens.Br;
  checkbox: Tokens.Checkbox;
  code: Tokens.Code;
  codespan: Tokens.Codespan;
  del: Tokens.Del;
  em: Tokens.Em;
  escape: Tokens.Escape;
  heading: Tokens.Heading;
  hr: Tokens.Hr;
  image: Tokens.Image;
  link: Tokens.Link;
  list: Tokens.List;
  paragraph: Tokens.Paragraph;
  space: Tokens.Space;
  strong: Tokens.Strong;
  text: Tokens.Text;
}

/** Marked's `Token` has a generic member that keeps TypeScript from narrowing by `type` alone. */
function isToken<Type extends keyof TokensByType>(token: Token, type: Type): token is TokensByType[Type] {
  return token.type === type;
}
