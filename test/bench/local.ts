import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect, type ChatClient } from '../support/chat-client';
import { LIFTED_OPTIONS } from '../support/runtime';
import { responseTimes } from './response-times';
import { summarize, type Figure } from './figures';

const ROOT = path.join(__dirname, '..', '..');
const MEMBERS = 10;
const WARM_UP = 50;
const MESSAGES = 200;
/** As fast as one connection may go on sending (`messagesPerSecond` 5), in milliseconds. */
const PACE = 200;
const BURST = 300;

/**
 * P11: the local runtime as a user starts it, on disk, with ten members in a room. Reply: from sending a frame to its
 * `ok`. Delivery: from sending to the push at each of the other nine. Messages go five a second, then each as soon as
 * the last has arrived, beside the last one's archiving and closing; the burst sends all at once. At the end rooms of 1 to 1,000 connections.
 */
export async function local(): Promise<Figure[]> {
  const data = mkdtempSync(path.join(tmpdir(), 'parley-bench-'));
  try {
    // The first start synthesizes where needed; only the second has unchanged inputs for certain.
    await (await start(data)).stop();
    const runtime = await start(data);
    try {
      const members = await Promise.all(
        Array.from({ length: MEMBERS }, (_, index) => connect(`${runtime.url}?name=member-${index}`)),
      );
      const idle = runtime.memory();
      await exchange(members, WARM_UP, 0);
      const paced = await exchange(members, MESSAGES, PACE);
      const hurried = await exchange(members, MESSAGES, 0);
      const burst = await burstOf(members, BURST);
      const busy = runtime.memory();
      for (const member of members) member.kill();
      const rooms = await responseTimes(runtime.url);
      return [
        { name: 'second start, unchanged inputs', unit: 's', value: runtime.seconds, goal: '≤ 5' },
        ...summarize('reply', paced.replies, { p50: '≤ 8', p99: '≤ 50' }),
        ...summarize('delivery at 10 members', paced.deliveries, { p50: '≤ 15', p99: '≤ 50' }),
        ...summarize('without a pause: reply', hurried.replies),
        ...summarize('without a pause: delivery', hurried.deliveries),
        { name: `burst of ${BURST}: pushes missing`, unit: 'pushes', value: burst.missing, goal: '0' },
        { name: `burst of ${BURST}: pushes twice`, unit: 'pushes', value: burst.twice, goal: '0' },
        { name: `burst of ${BURST}: until the last push`, unit: 's', value: burst.seconds },
        { name: 'memory after start', unit: 'MB', value: idle },
        { name: 'memory after the burst', unit: 'MB', value: busy },
        ...rooms,
      ];
    } finally {
      await runtime.stop();
    }
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

/** One message after the other: milliseconds until the sender's reply, and until each other member's push. */
async function exchange(members: readonly ChatClient[], messages: number, pace: number) {
  const [sender, ...others] = members;
  const replies: number[] = [];
  const deliveries: number[] = [];
  for (let index = 0; index < messages; index += 1) {
    const id = `x${index}-${messages}-${pace}`;
    const sent = performance.now();
    const arrivals = others.map(async (member) => {
      await member.next({ type: 'message', message: id }, 30_000);
      deliveries.push(performance.now() - sent);
    });
    sender?.send({ action: 'sendMessage', id, message: id });
    await sender?.next({ id }, 30_000);
    replies.push(performance.now() - sent);
    await Promise.all(arrivals);
    const wait = pace - (performance.now() - sent);
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  }
  return { replies, deliveries };
}

async function burstOf(members: readonly ChatClient[], messages: number) {
  const [sender, ...others] = members;
  const sent = performance.now();
  for (let index = 0; index < messages; index += 1) {
    sender?.send({ action: 'sendMessage', id: `b${index}`, message: `burst ${index}` });
  }
  const pushes = (member: ChatClient) =>
    member.frames.flatMap((frame) =>
      typeof frame === 'object' && String(frame.message).startsWith('burst ') ? [String(frame.message)] : [],
    );
  const missingAt = (member: ChatClient) => messages - new Set(pushes(member)).size;
  const missing = () => others.reduce((sum, member) => sum + missingAt(member), 0);
  const deadline = sent + 60_000;
  while (missing() > 0 && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 5));
  const seconds = (performance.now() - sent) / 1000;
  // What comes twice comes within moments.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const twice = others.reduce((sum, member) => sum + pushes(member).length - new Set(pushes(member)).size, 0);
  return { missing: missing(), twice, seconds };
}

async function start(data: string) {
  const began = performance.now();
  const args = ['--import', 'tsx', 'local/start.ts', ...LIFTED_OPTIONS, '--port', '0', '--data', data];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await readyAddress(child);
  return {
    url,
    seconds: (performance.now() - began) / 1000,
    memory: () => residentMegabytes(child),
    stop: async () => {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGINT');
      await exited;
    },
  };
}

function readyAddress(child: ChildProcess): Promise<string> {
  let output = '';
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
      const url = /^Ready in .*: (ws:\S+)$/m.exec(output)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.once('exit', () => reject(new Error(`The runtime did not start: ${output}`)));
  });
}

/** What the operating system says the process holds; NaN where there is no `ps`. */
function residentMegabytes(child: ChildProcess): number {
  try {
    return Math.round(
      Number(execFileSync('ps', ['-o', 'rss=', '-p', String(child.pid)], { encoding: 'utf8' })) / 1024,
    );
  } catch {
    return NaN;
  }
}
