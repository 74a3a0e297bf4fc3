import type { Json, JsonObject } from '../json/json';

/** Control characters cannot be said in XML 1.0 at all; AWS refuses them on the way in. */
export function escapeXml(value: string): string {
  return value.replace(/[&<>"\r]/g, (character) => ENTITIES[character] ?? character);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#xD;',
};

/** How one service names lists and maps in its XML, where that differs by member. */
export interface XmlNames {
  /** Member names of lists that are written without a wrapper, and the element that stands for each item. */
  readonly flatLists: Readonly<Record<string, string>>;
  /** The same for maps: element, key and value. */
  readonly flatMaps: Readonly<Record<string, { element: string; key: string; value: string }>>;
  /** Names of maps with a wrapper, whose entries are `entry` with `key` and `value`. */
  readonly maps: readonly string[];
}

/** The members of an object, one element each. */
export function toXml(content: JsonObject, names: XmlNames): string {
  return Object.entries(content)
    .map(([name, value]) => member(name, value, names))
    .join('');
}

function member(name: string, value: Json, names: XmlNames): string {
  if (Array.isArray(value)) {
    const flat = names.flatLists[name];
    if (flat !== undefined) return value.map((item) => element(flat, item, names)).join('');
    return wrap(name, value.map((item) => element('member', item, names)).join(''));
  }
  if (typeof value === 'object' && value !== null) {
    const flat = names.flatMaps[name];
    if (flat !== undefined) {
      return Object.entries(value)
        .map(([key, item]) =>
          wrap(flat.element, wrap(flat.key, escapeXml(key)) + element(flat.value, item, names)),
        )
        .join('');
    }
    if (names.maps.includes(name)) {
      const entries = Object.entries(value).map(([key, item]) =>
        wrap('entry', wrap('key', escapeXml(key)) + element('value', item, names)),
      );
      return wrap(name, entries.join(''));
    }
  }
  return element(name, value, names);
}

function element(name: string, value: Json, names: XmlNames): string {
  if (value === null) return '';
  if (Array.isArray(value)) return wrap(name, value.map((item) => element('member', item, names)).join(''));
  return wrap(name, typeof value === 'object' ? toXml(value, names) : escapeXml(String(value)));
}

function wrap(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}
