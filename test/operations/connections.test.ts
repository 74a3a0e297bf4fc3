import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { runConnectionsCommand } from '../../bin/operations/connections';
import { parseConnectionsRequest } from '../../bin/operations/connections-command-line';
import type { Installation } from '../../bin/operations/installation';
import { OperatorError } from '../../bin/operations/operator-error';
import { channelId } from '../../handlers/chat/ids';
import { OPERATOR_KEY } from '../../local/credentials';
import { startGateway, type Fixture } from '../local/gateway-fixture';

describe('the command line of connections', () => {
  it.each([
    [[], { command: 'list' }],
    [['lobby'], { command: 'list', roomId: channelId('lobby') }],
    [['r_bx0p7s12k8h19h', '--stage', 'prod'], { command: 'list', roomId: 'r_bx0p7s12k8h19h', stage: 'prod' }],
    [['--inspect', 'L0SM9cOFvHcCIhw='], { command: 'inspect', connectionId: 'L0SM9cOFvHcCIhw=' }],
    [['--close', 'L0SM9cOFvHcCIhw='], { command: 'close', connectionId: 'L0SM9cOFvHcCIhw=' }],
    [['-h'], 'help'],
  ])('%j is understood', (args, request) => {
    expect(parseConnectionsRequest(args)).toEqual(request);
  });

  it.each([
    [['lobby', 'cellar'], 'there is also cellar'],
    [['lobby', '--close', 'x'], 'exclude each other'],
    [['--inspect', 'x', '--close', 'x'], 'exclude each other'],
    [['\u202elobby'], 'A room name has no control characters'],
    [['--shut', 'x'], '--shut'],
  ])('%j is refused in one line', (args, reason) => {
    expect(() => parseConnectionsRequest(args)).toThrow(OperatorError);
    expect(() => parseConnectionsRequest(args)).toThrow(reason);
  });
});

describe('a connection of a stage on AWS', () => {
  let gateway: Fixture;
  let lambda: Server;
  let installation: Installation;
  /** What Lambda lists, a page each. */
  const listed = (url: string) => [
    [
      {
        FunctionName: 'parley-prod-chat-connect27BBF20A-1ABC',
        Environment: { Variables: { LOG_LEVEL: 'info' } },
      },
      {
        FunctionName: 'parley-test-chat-signal27BBF20A-1ABC',
        Environment: { Variables: { CALLBACK_URL: 'x' } },
      },
    ],
    [
      {
        FunctionName: 'parley-prod-chat-signal27BBF20A-1ABC',
        Environment: { Variables: { CALLBACK_URL: url } },
      },
    ],
  ];

  beforeAll(async () => {
    gateway = await startGateway();
    lambda = createServer(({ url = '' }, response) => {
      const [first, second] = listed(gateway.endpoint);
      const page = url.includes('Marker=2') ? { Functions: second } : { Functions: first, NextMarker: '2' };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(page));
    });
    await new Promise<void>((resolve) => lambda.listen(0, '127.0.0.1', resolve));
    process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${(lambda.address() as AddressInfo).port}`;
    process.env.AWS_REGION = 'us-east-1';
    process.env.AWS_ACCESS_KEY_ID = OPERATOR_KEY.accessKeyId;
    process.env.AWS_SECRET_ACCESS_KEY = OPERATOR_KEY.secretAccessKey;
    const dynamodb = new DynamoDBClient({});
    installation = {
      ...{ stage: 'prod', description: 'prod on AWS', endpoint: undefined, dynamodb },
      logs: undefined as never,
      close: () => dynamodb.destroy(),
    };
  });
  afterAll(async () => {
    installation.close();
    await gateway.close();
    await new Promise((resolve) => lambda.close(resolve));
  });

  async function printed(request: Parameters<typeof runConnectionsCommand>[0], of = installation) {
    const lines: string[] = [];
    await runConnectionsCommand(request, of, (line) => lines.push(line));
    return lines;
  }

  it('is inspected and closed at the address that its functions know, and then it is gone', async () => {
    const client = await gateway.connect({ headers: { 'User-Agent': 'wscat' } });
    const [{ connectionId } = { connectionId: '' }] = gateway.gateway.connections();
    expect(await printed({ command: 'inspect', connectionId })).toEqual([
      expect.stringMatching(/^\S+ {2}since \S+Z, last active \S+Z, from 127\.0\.0\.1 with wscat$/),
    ]);
    expect(await printed({ command: 'close', connectionId })).toEqual([`${connectionId} is closed.`]);
    expect(await client.closed).toMatchObject({ code: 1000 });
    for (const command of ['inspect', 'close'] as const)
      await expect(printed({ command, connectionId })).rejects.toThrow(
        new OperatorError(`API Gateway has no connection ${connectionId}.`),
      );
  });

  it('cannot be told where no function of the stage knows the address', async () => {
    const other = { ...installation, stage: 'dev' };
    const asking = printed({ command: 'inspect', connectionId: 'x' }, other);
    await expect(asking).rejects.toThrow('No function of the stage dev tells');
  });

  it('is in no direct room, whose two people are reached wherever they are', async () => {
    const asking = printed({ command: 'list', roomId: 'd_51c0bp469xcem4' });
    await expect(asking).rejects.toThrow('no connections of its own');
  });
});
