import { createLog } from '../../../handlers/aws/log';
import type { Log } from '../../../handlers/chat/ports';
import { SECRET_NAME, SECRET_ROOM, SECRET_TEXT } from './examples';

const lines: string[] = [];

/**
 * The log as it runs on Lambda, at its most talkative. After each test of the file that imports this, no line may
 * hold what was said, what somebody is called, or what an error's message says (memory ports call it a canary).
 */
export function capturedLog(): { log: Log; lines: readonly string[] } {
  process.env.LOG_LEVEL = 'debug';
  return { log: createLog(), lines };
}

beforeEach(() => {
  lines.length = 0;
  jest.spyOn(console, 'log').mockImplementation((line: unknown) => void lines.push(String(line)));
});

afterEach(() => {
  jest.restoreAllMocks();
  for (const secret of [SECRET_TEXT, SECRET_NAME, SECRET_ROOM, 'canary']) {
    expect(lines.filter((line) => line.toLowerCase().includes(secret.toLowerCase()))).toEqual([]);
  }
});
