import { readFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { asyncApi } from './async-api';
import { readConversation } from './conversation';
import { definitions } from './definitions';
import { eventDefinitions, eventParts } from './events-page';
import { fillPage } from './marked-page';
import { protocolParts } from './protocol-page';

/** A file that is derived from the schemas, wholly or in parts. */
export interface Document {
  /** From the root of the repository. */
  readonly file: string;
  readonly text: string;
}

/** All derived files as they should be, formatted as the repository's files are. */
export async function documents(root: string): Promise<Document[]> {
  const conversation = readConversation(root);
  const page = (file: string, parts: Readonly<Record<string, string>>) =>
    fillPage(readFileSync(path.join(root, file), 'utf8'), parts);
  const schema = (title: string, schemas: object) =>
    JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', title, definitions: schemas });
  const texts = {
    'docs/protocol.md': page('docs/protocol.md', protocolParts(conversation)),
    'docs/events.md': page('docs/events.md', eventParts()),
    'docs/asyncapi.json': JSON.stringify(asyncApi(conversation)),
    'docs/schemas/protocol.json': schema('Frames of Parley’s WebSocket API', definitions('#/definitions/')),
    'docs/schemas/events.json': schema('Details of the events on Parley’s bus', eventDefinitions()),
  };
  return Promise.all(
    Object.entries(texts).map(async ([file, text]) => {
      const filepath = path.join(root, file);
      return { file, text: await format(text, { ...(await resolveConfig(filepath)), filepath }) };
    }),
  );
}
