import * as z from 'zod/mini';
import { commands, type Command } from '../../handlers/chat/protocol/commands';
import * as pushes from '../../handlers/chat/protocol/pushes';
import * as replies from '../../handlers/chat/protocol/replies';
import { entriesOf, mapRecord } from '../../stacks/constructs/records';

/** A JSON Schema (draft 7) as documents hold it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export const PUSHES = {
  message: pushes.messagePush,
  edited: pushes.editedPush,
  deleted: pushes.deletedPush,
  joined: pushes.joinedPush,
  left: pushes.leftPush,
  renamed: pushes.renamedPush,
  typing: pushes.typingPush,
  receipts: pushes.receiptsPush,
  invited: pushes.invitedPush,
  waiting: pushes.waitingPush,
  admitted: pushes.admittedPush,
  refused: pushes.refusedPush,
  removed: pushes.removedPush,
  signal: pushes.signalPush,
  bye: pushes.byePush,
} as const satisfies Readonly<Record<pushes.Push['type'], z.ZodMiniObject>>;

/** Named parts of replies, so that each is written out once. */
const PARTS = {
  tombstone: pushes.tombstone,
  roomSummary: replies.roomSummary,
  recoveredRoom: replies.recoveredRoom,
  unrecoveredRoom: replies.unrecoveredRoom,
} as const;

/** The names of all definitions: `command.ping`, `reply.ping`, `push.message`, `reply.error`, `tombstone`. */
function named(): ReadonlyMap<string, z.ZodMiniObject> {
  const schemas = new Map<string, z.ZodMiniObject>([
    ...entriesOf(PARTS),
    ['reply.error', replies.errorReplySchema],
  ]);
  for (const [type, schema] of entriesOf(PUSHES)) schemas.set(`push.${type}`, schema);
  for (const [action, command] of entriesOf(commands)) {
    schemas.set(`command.${action}`, withAction(action, command));
    schemas.set(`reply.${action}`, z.extend(command.gives, {}));
  }
  return schemas;
}

/** What a command takes, with the values that its `action` may have. Only a message may come without. */
export function withAction(action: string, { takes, aliases = [] }: Command): z.ZodMiniObject {
  const values = z.enum([action, ...aliases]);
  return z.extend(takes, { action: action === 'sendMessage' ? z.optional(values) : values });
}

/** All schemas of the wire as JSON Schemas, which refer to one another below `base`, e.g. `#/definitions/`. */
export function definitions(base: string): Readonly<Record<string, JsonSchema>> {
  return jsonSchemas(named(), base);
}

/** Named schemas as JSON Schemas. What they say of unknown fields is nothing: both sides ignore them. */
export function jsonSchemas(
  schemas: Iterable<readonly [string, z.ZodMiniType]>,
  base: string,
): Readonly<Record<string, JsonSchema>> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of schemas) registry.add(schema, { id });
  const { schemas: converted } = z.toJSONSchema(registry, {
    io: 'input',
    target: 'draft-7',
    uri: (id) => base + id,
    override: ({ jsonSchema }) => {
      // The format says it; the pattern is 300 characters long.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return mapRecord(converted, withoutIds);
}

/** A definition needs no names of its own: where it stands in the document is its name. */
function withoutIds(schema: JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => key !== '$schema' && key !== '$id'));
}
