import { startAnswerLosingProxy } from '../contracts/answer-losing-proxy';
import { startLocalAws } from '../contracts/local-aws';
import { pruningCost } from '../support/pruning-cost';
import type { Figure } from './figures';

const GONE = 1000;

/** P9: what DynamoDB is asked to prune 1,000 connections of one part, beside 1,000 that live. */
export async function pruning(): Promise<Figure[]> {
  const aws = await startLocalAws();
  const proxy = await startAnswerLosingProxy(`http://127.0.0.1:${aws.port}`);
  process.env.AWS_ENDPOINT_URL = proxy.url;
  try {
    const figures: Figure[] = [];
    for (const rooms of [1, 3]) {
      const { pruned, calls, left, liveRemoved } = await pruningCost({ gone: GONE, rooms }, proxy);
      const where = rooms === 1 ? 'in one room' : `in ${rooms} rooms`;
      figures.push(
        { name: `${where}: calls a gone connection`, unit: '', value: calls / pruned, goal: '≤ 1.2' },
        { name: `${where}: rows left of the gone`, unit: 'rows', value: left, goal: '0' },
        { name: `${where}: live rows removed`, unit: 'rows', value: liveRemoved, goal: '0' },
      );
    }
    return figures;
  } finally {
    await proxy.close();
    await aws.close();
  }
}
