import * as z from 'zod/mini';
import type { JsonSchema } from './definitions';

const described = z.object({
  $ref: z.optional(z.string()),
  type: z.optional(z.union([z.string(), z.array(z.string())])),
  const: z.optional(z.unknown()),
  enum: z.optional(z.array(z.unknown())),
  format: z.optional(z.string()),
  pattern: z.optional(z.string()),
  anyOf: z.optional(z.array(z.unknown())),
  oneOf: z.optional(z.array(z.unknown())),
  items: z.optional(z.unknown()),
  minLength: z.optional(z.number()),
  maxLength: z.optional(z.number()),
  minimum: z.optional(z.number()),
  maximum: z.optional(z.number()),
  properties: z.optional(z.record(z.string(), z.unknown())),
  required: z.optional(z.array(z.string())),
  additionalProperties: z.optional(z.unknown()),
});

/** A JSON Schema in a few words for a table, e.g. `string, 1–256 characters` or `"chat" or "video"`. */
export function typeInWords(schema: unknown): string {
  const it = described.parse(schema);
  if (it.$ref !== undefined) return `\`${it.$ref.split('/').at(-1)}\``;
  if (it.const !== undefined) return `\`${JSON.stringify(it.const)}\``;
  if (it.enum !== undefined) return it.enum.map((value) => `\`${JSON.stringify(value)}\``).join(' or ');
  const either = it.anyOf ?? it.oneOf;
  if (either !== undefined) return either.map(typeInWords).join(' or ');
  if (it.format === 'date-time') return 'time, ISO 8601';
  if (typeof it.type === 'object') return it.type.join(' or ');
  switch (it.type) {
    case 'array':
      return Array.isArray(it.items)
        ? it.items.map(typeInWords).join(', ')
        : `list of ${typeInWords(it.items ?? {})}`;
    case 'string':
      if (it.pattern !== undefined) return `string like \`${it.pattern}\``;
      return `string${range(it.minLength, it.maxLength, ' characters')}`;
    case 'integer':
    case 'number':
      return it.type + range(it.minimum, it.maximum, '');
    case 'object':
      return it.properties === undefined
        ? `object of ${typeInWords(it.additionalProperties ?? {})}`
        : fieldsInWords(it.properties, it.required ?? []);
    case undefined:
      return 'anything';
    default:
      return it.type;
  }
}

function fieldsInWords(properties: JsonSchema, required: readonly string[]): string {
  const fields = Object.entries(properties).map(
    ([name, schema]) => `\`${name}\`${required.includes(name) ? '' : '?'}: ${typeInWords(schema)}`,
  );
  return `{ ${fields.join(', ')} }`;
}

function range(least: number | undefined, most: number | undefined, unit: string): string {
  if (least === undefined && most === undefined) return '';
  if (most === undefined) return `, at least ${least}${unit}`;
  return least === undefined ? `, at most ${most}${unit}` : `, ${least}–${most}${unit}`;
}

/** The fields of an object's schema, in order. */
export function fieldsOf(schema: JsonSchema): { name: string; required: boolean; type: string }[] {
  const { properties = {}, required = [] } = described.parse(schema);
  return Object.entries(properties).map(([name, field]) => ({
    name,
    required: required.includes(name),
    type: typeInWords(field),
  }));
}
