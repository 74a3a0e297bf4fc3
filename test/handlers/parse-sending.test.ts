import { ClientError } from '../../handlers/chat/errors';
import { errorReply } from '../../handlers/chat/protocol/answers';
import { commandIdOf, parseFrame } from '../../handlers/chat/protocol/frame';
import { parseSending } from '../../handlers/websocket/parse-sending';

const parse = (body: string) => parseSending(parseFrame(body), 100);

function refusalOf(body: string): { error: string; pointer: string | undefined } {
  const { error, pointer } = thrownBy(body);
  return { error, pointer };
}

function thrownBy(body: string): ClientError {
  try {
    parse(body);
  } catch (error) {
    if (error instanceof ClientError) return error;
    throw error;
  }
  throw new Error('It was understood');
}

describe('a frame that tutorials show', () => {
  it.each([
    ['{"action":"default","message":"yo yo honey singh"}', 'yo yo honey singh'],
    [
      '{ "sender": "JohnDoe", "action": "sendMessage", "message": "Hello, this is a test message!" }',
      'Hello, this is a test message!',
    ],
    ['{"action":"sendPublic","message":"Hello world"}', 'Hello world'],
    ['{"action":"onMessage","data":"Hello world"}', 'Hello world'],
    ['{"action":"sendmessage","data":"hi"}', 'hi'],
    ['{"message":"hi"}', 'hi'],
  ])('%s posts its text, because people paste it', (body, text) => {
    expect(parse(body)).toEqual({ to: 'room', text, echo: false });
  });
});

describe('a frame with more than text', () => {
  it('names its room by id before name, because an id cannot mean another room', () => {
    const body = { action: 'sendMessage', message: 'hi', room: 'a', roomId: 'b', chatRoomId: 'c' };
    const parsed = (frame: object) => parse(JSON.stringify(frame));
    expect(parsed(body)).toMatchObject({ room: { value: 'b', pointer: '/roomId' } });
    expect(parsed({ ...body, roomId: undefined })).toMatchObject({ room: { value: 'a', pointer: '/room' } });
    const last = { ...body, roomId: undefined, room: undefined };
    expect(parsed(last)).toMatchObject({ room: { value: 'c', pointer: '/chatRoomId' } });
  });

  it('prefers message to data and ignores fields it does not know', () => {
    const body = {
      action: 'sendMessage',
      message: 'm',
      data: 'd',
      id: 7,
      echo: true,
      sender: 'Mallory',
      x: {},
    };
    expect(parse(JSON.stringify(body))).toEqual({
      to: 'room',
      text: 'm',
      echo: true,
    });
  });
});

describe('a frame that cannot be understood', () => {
  it.each([
    ['hello', 'because people type text into wscat'],
    ['', 'because a frame may be empty'],
    ['{"action":', 'because a frame may be cut off'],
    ['[]', 'because a list has no action'],
    ['null', 'because null has no action'],
    ['"text"', 'because a string has no action'],
    ['17', 'because a number has no action'],
  ])('is a bad request: %s, %s', (body) => {
    expect(refusalOf(body)).toEqual({ error: 'bad_request', pointer: undefined });
  });

  it('is a bad request without a body, because API Gateway leaves it out of an empty frame', () => {
    expect(() => parseFrame(undefined)).toThrow(ClientError);
  });

  it.each([
    'nope',
    '',
    'SENDMESSAGE',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    7,
    null,
    true,
    ['sendMessage'],
    { sendMessage: 1 },
  ])('has an unknown action: %j, because only written ones are known', (action) => {
    const body = JSON.stringify({ action, message: 'hi' });
    expect(refusalOf(body)).toEqual({ error: 'unknown_action', pointer: '/action' });
  });

  it.each(['{}', '{"data":"hi"}', '{"room":"lobby"}'])(
    'has an unknown action: %s, because only a message stands for itself',
    (body) => {
      expect(refusalOf(body)).toEqual({ error: 'unknown_action', pointer: '/action' });
    },
  );

  it.each([
    ['{"action":"default"}', '/message'],
    ['{"action":"default","message":""}', '/message'],
    ['{"action":"default","data":""}', '/data'],
    ['{"action":"default","message":5}', '/message'],
    ['{"action":"default","message":null}', '/message'],
    ['{"action":"default","message":["a"]}', '/message'],
    ['{"action":"default","message":{"text":"a"}}', '/message'],
    ['{"action":"default","data":5}', '/data'],
    ['{"action":"default","message":"hi","data":{}}', '/data'],
    ['{"action":"default","message":"hi","id":{}}', '/id'],
    ['{"action":"default","message":"hi","id":true}', '/id'],
    ['{"action":"default","message":"hi","id":1e999}', '/id'],
    [`{"action":"default","message":"hi","id":"${'x'.repeat(65)}"}`, '/id'],
    ['{"action":"default","message":"hi","room":5}', '/room'],
    ['{"action":"default","message":"hi","room":""}', '/room'],
    [`{"action":"default","message":"hi","room":"${'x'.repeat(257)}"}`, '/room'],
    ['{"action":"default","message":"hi","roomId":[]}', '/roomId'],
    ['{"action":"default","message":"hi","chatRoomId":null}', '/chatRoomId'],
    ['{"action":"default","message":"hi","echo":"yes"}', '/echo'],
    ['{"action":"default","message":"hi","echo":1}', '/echo'],
  ])('is a bad request naming the field: %s at %s, because its sender must find it', (body, pointer) => {
    expect(refusalOf(body)).toEqual({ error: 'bad_request', pointer });
  });

  it('cannot change what objects are, because a key may be called __proto__', () => {
    const body =
      '{"action":"default","__proto__":{"message":"injected"},"constructor":{"prototype":{"x":1}}}';
    expect(refusalOf(body)).toEqual({ error: 'bad_request', pointer: '/message' });
    expect(({} as Record<string, unknown>).message).toBeUndefined();
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });
});

describe('a text', () => {
  const sized = (text: string, field = 'message') => JSON.stringify({ action: 'default', [field]: text });

  it.each([
    ['a'.repeat(100), 'a'.repeat(101)],
    ['é'.repeat(50), 'é'.repeat(51)],
    ['👋'.repeat(25), '👋'.repeat(26)],
  ])('is measured in bytes of UTF-8, because that is what is stored and sent', (fits, tooLarge) => {
    expect(parse(sized(fits)).text).toBe(fits);
    expect(refusalOf(sized(tooLarge))).toEqual({ error: 'too_large', pointer: '/message' });
    expect(refusalOf(sized(tooLarge, 'data'))).toEqual({ error: 'too_large', pointer: '/data' });
  });

  it('is kept as it was typed, control characters and all, because showing it safely is the reader’s part', () => {
    const text = 'a\u0000b\u001b[31m\n\u202ec';
    expect(parse(sized(text)).text).toBe(text);
  });

  it('is refused with half a character in it, because UTF-8 cannot hold one and a store would change it', () => {
    expect(refusalOf(sized('a\ud800b'))).toEqual({ error: 'bad_request', pointer: '/message' });
  });
});

describe('a reply to a refused frame', () => {
  it.each([
    [{ id: 'c17' }, 'c17'],
    [{ id: 0 }, 0],
    [{ id: { a: 1 } }, undefined],
    [{ id: 'x'.repeat(65) }, undefined],
    [{}, undefined],
  ])('repeats a usable id: %j, because clients match replies by it', (fields, id) => {
    expect(commandIdOf(fields)).toBe(id);
  });

  it('carries number, name, field and trace, and says whether to try again', () => {
    expect(errorReply(new ClientError('bad_request', 'No.', '/message'), 'c1', 'trace')).toEqual({
      id: 'c1',
      ok: false,
      error: {
        code: 107,
        name: 'bad_request',
        message: 'No.',
        temporary: false,
        field: '/message',
        traceId: 'trace',
      },
    });
    expect(errorReply(new ClientError('busy', 'Wait.'), undefined, 't').error).toMatchObject({
      code: 124,
      temporary: true,
    });
  });

  it('never quotes what was sent, because replies end up in logs and screenshots', () => {
    const secret = 'secret-4711';
    for (const body of [
      secret,
      JSON.stringify({ action: secret, message: 'x' }),
      JSON.stringify({ action: 'default', message: { secret } }),
      JSON.stringify({ action: 'default', message: 'hi', room: secret.repeat(30) }),
    ]) {
      expect(thrownBy(body).message).not.toContain(secret);
    }
  });
});
