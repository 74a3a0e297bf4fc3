import { startGateway, type Fixture } from './gateway-fixture';

const FRAME = 32 * 1024;

let fixture: Fixture;
beforeAll(async () => {
  const reply = ({ body }: { body: string }) => {
    const { text, times } = JSON.parse(body) as { text: string; times: number };
    return { statusCode: 200, body: text.repeat(times) };
  };
  const AccessLogSettings = {
    DestinationArn: 'arn:aws:logs:us-east-1:000000000000:log-group:access',
    Format: '$context.status $context.integration.status $context.integration.error',
  };
  fixture = await startGateway({
    functions: { reply },
    routes: { say: { name: 'reply', replies: true }, whisper: 'reply' },
    stage: { AccessLogSettings },
  });
});
afterAll(() => fixture.close());

describe('a function’s reply', () => {
  it('goes back whole where it just fits into one frame', async () => {
    const client = await fixture.connect();
    client.send({ action: 'say', text: 'x', times: FRAME });
    expect(await client.next()).toBe('x'.repeat(FRAME));
    expect(fixture.reported).toEqual([]);
  });

  it.each([
    ['x', FRAME + 1, FRAME + 1],
    ['é', FRAME / 2 + 1, FRAME + 2],
  ])(
    'of %j, %d times, does not: the sender hears of an error, and the developer why',
    async (text, times, bytes) => {
      const client = await fixture.connect();
      client.send({ action: 'say', text, times });
      expect(await client.nextJson()).toEqual({
        message: 'Internal server error',
        connectionId: expect.any(String) as string,
        requestId: expect.any(String) as string,
      });
      const why = `Reply of ${bytes} bytes on route say: one frame holds ${FRAME}`;
      expect(fixture.reported.at(-1)).toBe(why);
      expect(fixture.log.at(-1)?.[2]).toBe(`500 500 ${why}`);
      client.send({ action: 'say', text: 'still here', times: 1 });
      expect(await client.next()).toBe('still here');
    },
  );

  it('of any size is nobody’s business on a route without a response', async () => {
    const client = await fixture.connect();
    const before = fixture.reported.length;
    client.send({ action: 'whisper', text: 'x', times: 2 * FRAME });
    client.send({ action: 'say', text: 'next', times: 1 });
    expect(await client.next()).toBe('next');
    await fixture.gateway.idle();
    expect(fixture.reported).toHaveLength(before);
  });
});
