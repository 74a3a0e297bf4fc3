import * as z from 'zod/mini';
import { ClientError } from '../errors';

/** The fields of a frame, before anything is believed about them. */
export type Fields = Readonly<Record<string, unknown>>;

/** Repeated in the reply, so that a client can tell its replies apart. */
export const commandId = z.union([z.string().check(z.maxLength(64)), z.number()]);
export type CommandId = z.infer<typeof commandId>;

/** The members that every command has: `action` is the route key, `id` comes back in the reply. */
export const envelope = { action: z.optional(z.string()), id: z.optional(commandId) };

const frame = z.record(z.string(), z.unknown());

/** Reads a frame's JSON object. Throws ClientError `bad_request` for anything else. */
export function parseFrame(body: string | undefined): Fields {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body ?? '');
  } catch {
    throw new ClientError('bad_request', 'A frame is one JSON object; this is not JSON.');
  }
  const result = frame.safeParse(parsed);
  if (!result.success) throw new ClientError('bad_request', 'A frame is one JSON object.');
  return result.data;
}

/** The id that a frame gave, if it gave a usable one: even a refused command's reply repeats it. */
export function commandIdOf(fields: Fields): CommandId | undefined {
  const result = commandId.safeParse(fields.id);
  return result.success ? result.data : undefined;
}

/**
 * A command's fields as its schema has them; unknown fields are ignored.
 * Throws ClientError `bad_request` with the JSON pointer of the first field at fault.
 */
export function parseFields<Schema extends z.core.$ZodType>(
  schema: Schema,
  fields: Fields,
): z.output<Schema> {
  const parsed = z.safeParse(schema, fields);
  if (parsed.success) return parsed.data;
  const pointer = pointerOf(parsed.error.issues[0]?.path ?? []);
  throw new ClientError('bad_request', `The field ${pointer} is missing or not what this takes.`, pointer);
}

/** RFC 6901. Field names of ours need no escape; those that a client chose might. */
function pointerOf(path: readonly PropertyKey[]): string {
  return path
    .map((part) => `/${String(part).slice(0, 64).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}
