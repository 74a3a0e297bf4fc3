import { commands } from '../../handlers/chat/protocol/commands';
import { entriesOf } from '../../stacks/constructs/records';
import { actionOf, type Conversation } from './conversation';
import { definitions, PUSHES, type JsonSchema } from './definitions';

const CHANNEL = { $ref: '#/channels/parley' };

/** The AsyncAPI 3.0 document of the WebSocket API, seen from the server: it receives commands and sends pushes. */
export function asyncApi(conversation: Conversation): JsonSchema {
  const examples = examplesOf(conversation);
  const schemas = definitions('#/components/schemas/');
  const names = Object.keys(schemas).filter((name) => /^(command|reply|push)\./.test(name));
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Parley',
      version: '1',
      description:
        'One JSON object per text frame. A reply has `ok` and repeats the `id` of its command; a push has `type`.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      laptop: { host: '127.0.0.1:8080', pathname: '/dev', protocol: 'ws' },
      aws: {
        host: '{api}.execute-api.{region}.amazonaws.com',
        pathname: '/{stage}',
        protocol: 'wss',
        variables: {
          api: { description: 'The id of the API, in the output WebSocketUrl.' },
          region: { default: 'us-east-1' },
          stage: { default: 'dev' },
        },
      },
    },
    channels: {
      parley: {
        address: '/',
        messages: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/messages/${name}` }])),
        bindings: { ws: { method: 'GET', query: CONNECTING, bindingVersion: '0.1.0' } },
      },
    },
    operations: { ...receiving(), ...sending() },
    components: {
      messages: Object.fromEntries(
        names.map((name) => [
          name,
          { name, payload: { $ref: `#/components/schemas/${name}` }, examples: examples.get(name) },
        ]),
      ),
      schemas,
    },
  };
}

const CONNECTING = {
  type: 'object',
  properties: {
    name: { type: 'string', description: 'What a guest is called.' },
    room: { type: 'string', description: 'The channel to enter, instead of the default room.' },
  },
};

function receiving(): JsonSchema {
  return Object.fromEntries(
    entriesOf(commands).map(([action, { does }]) => [
      action,
      {
        action: 'receive',
        channel: CHANNEL,
        summary: does,
        messages: [message(`command.${action}`)],
        reply: { channel: CHANNEL, messages: [message(`reply.${action}`), message('reply.error')] },
      },
    ]),
  );
}

function sending(): JsonSchema {
  return Object.fromEntries(
    Object.keys(PUSHES).map((type) => [
      `push-${type}`,
      { action: 'send', channel: CHANNEL, messages: [message(`push.${type}`)] },
    ]),
  );
}

function message(name: string) {
  return { $ref: `#/channels/parley/messages/${name}` };
}

/** The frames of the conversation by the name of their message, each with the name of who sends or gets it. */
function examplesOf({ steps }: Conversation): ReadonlyMap<string, { name: string; payload: unknown }[]> {
  const examples = new Map<string, { name: string; payload: unknown }[]>();
  const add = (message: string, name: string, payload: unknown) => {
    examples.set(message, [...(examples.get(message) ?? []), { name, payload }]);
  };
  for (const step of steps) {
    const action = actionOf(step);
    if (step.gets.ok === true) {
      add(`command.${action}`, step.by, step.sends);
      add(`reply.${action}`, step.by, step.gets);
    } else {
      add('reply.error', step.by, step.gets);
    }
    for (const { to, gets } of step.others) add(`push.${String(gets.type)}`, to, gets);
  }
  return examples;
}
