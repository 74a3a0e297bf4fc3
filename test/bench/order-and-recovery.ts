import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { orderRun } from '../support/order-run';
import { recoveryRun } from '../support/recovery-run';
import { spawnRuntime } from '../support/runtime';
import type { Findings } from '../support/chat-log-checker';
import type { Figure } from './figures';

/** 5 senders × 200 messages into one room, as fast as the client library sends them. */
export async function order(): Promise<Figure[]> {
  const runtime = await spawnRuntime(['--port', '0', '--ephemeral']);
  try {
    const { findings, seconds } = await orderRun(runtime, { senders: 5, each: 200 });
    return [...found(findings), { name: '1,000 messages at 6 clients', unit: 's', value: seconds }];
  } finally {
    await runtime.kill();
  }
}

/** 1,000 messages while clients are cut at random and the runtime is killed once. */
export async function recovery(): Promise<Figure[]> {
  const data = mkdtempSync(path.join(tmpdir(), 'parley-bench-'));
  try {
    const { findings, sockets } = await recoveryRun(data, { messages: 1000 });
    return [...found(findings), { name: 'connections of 7 clients', unit: '', value: sockets }];
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

function found(findings: Findings): Figure[] {
  return Object.entries(findings).map(([name, lines]: [string, string[]]) => ({
    name,
    unit: '',
    value: lines.length,
    goal: '0',
  }));
}
